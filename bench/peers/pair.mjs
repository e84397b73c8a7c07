import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Two processes, one that has a file of random bytes and one that gets it: the frame around each peer, so that all are
 * measured alike. The clock runs from the moment the client, connected, asks for the file until it has its last byte.
 */

/**
 * Runs the whole pair where the script is the main one, and prints `{"bytes", "seconds"}` as its last line.
 *
 * @param {string} script `import.meta.url` of the peer's script
 * @param {{ serve(bytes: Buffer, folder: string): Promise<object>; connect(invitation: object, folder: string): Promise<{ get(): AsyncIterable<Uint8Array> }> }} peer
 */
export async function runPair(script, peer) {
  const [role, folder, bytes] = process.argv.slice(2);
  // A role outlives neither the measurement nor whoever cut it short.
  process.once('disconnect', () => process.exit());
  if (role === 'serve') return serve(peer, folder, Number(bytes));
  if (role === 'get') return get(peer, folder);
  const root = await mkdtemp(join(tmpdir(), 'peertree-bench-peer-'));
  try {
    const pair = await measure(fileURLToPath(script), root, Number(process.env.PEER_BYTES ?? 64 * 1024 ** 2));
    process.stdout.write(`${JSON.stringify(pair)}\n`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measure(script, root, bytes) {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'];
  const server = fork(script, ['serve', join(root, 'server'), String(bytes)], { stdio });
  const client = fork(script, ['get', join(root, 'client')], { stdio });
  try {
    const { invitation, hash } = await answer(server, 'server');
    client.send(invitation);
    const got = await answer(client, 'client');
    if (got.hash !== hash || got.bytes !== bytes) throw new Error(`what came differs from the ${bytes} bytes served`);
    return { bytes, seconds: got.seconds };
  } finally {
    await Promise.all([server, client].map(ended));
  }
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function answer(child, name) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the ${name} ended early (${signal ?? code})`)));
  });
}

async function serve(peer, folder, bytes) {
  const content = randomBytes(bytes);
  const invitation = await peer.serve(content, folder);
  process.send({ invitation, hash: createHash('sha256').update(content).digest('hex') });
}

async function get(peer, folder) {
  const invitation = await new Promise((resolve) => process.once('message', resolve));
  const connection = await peer.connect(invitation, folder);
  const hash = createHash('sha256');
  let bytes = 0;
  const start = process.hrtime.bigint();
  for await (const chunk of connection.get()) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.send({ bytes, seconds, hash: hash.digest('hex') });
}
