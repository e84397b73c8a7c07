import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
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
  const [role, value] = process.argv.slice(2);
  if (role === 'serve') return serve(peer, Number(value));
  if (role === 'get') return get(peer);
  return measure(fileURLToPath(script), Number(process.env.PEER_BYTES ?? 64 * 1024 ** 2));
}

async function measure(script, bytes) {
  const server = fork(script, ['serve', String(bytes)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const client = fork(script, ['get'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const { invitation, hash } = await answer(server, 'server');
    client.send(invitation);
    const got = await answer(client, 'client');
    if (got.hash !== hash || got.bytes !== bytes)
      throw new Error(`got ${got.bytes} bytes that differ from the ${bytes} served`);
    process.stdout.write(`${JSON.stringify({ bytes, seconds: got.seconds })}\n`);
  } finally {
    server.kill('SIGKILL');
    client.kill('SIGKILL');
  }
}

function answer(child, name) {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the ${name} ended early (${signal ?? code})`)));
  });
}

async function serve(peer, bytes) {
  await inFolder(async (folder) => {
    const content = randomBytes(bytes);
    const invitation = await peer.serve(content, folder);
    process.send({ invitation, hash: createHash('sha256').update(content).digest('hex') });
    await new Promise((resolve) => process.once('disconnect', resolve));
  });
  process.exit(0);
}

async function get(peer) {
  const invitation = await new Promise((resolve) => process.once('message', resolve));
  await inFolder(async (folder) => {
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
    await new Promise((resolve) => process.once('disconnect', resolve));
  });
  process.exit(0);
}

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'peertree-bench-peer-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
