import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import type { VerifyReport } from '../../src/contract/services.ts';
import { openLmdbStore } from '../../src/runtime/store/lmdb.ts';
import { type Done, gone, holesOf, isAlive, Organism, type Running, run, start, temporaryFolder } from './organism.ts';

const execute = promisify(execFile);

const MIB = 1024 * 1024;
const FILES = '/ftreeFileMgr/files';
/** Within which an organism must have repaired what a fault has cost it, on a busy machine. */
const REPAIR_MS = 30_000;
const GIB = 1024 * MIB;

interface Answer {
  readonly status: number;
  /** Of the problem; undefined where it is none. */
  readonly code: string | undefined;
  readonly body: Buffer;
}

interface Question {
  readonly headers?: Record<string, string | number>;
  /** Absent: the head alone is sent, and the connection is left open for the answer. */
  readonly body?: Uint8Array | string;
  /** Asks with the key and the certificate of this node. */
  readonly as?: number;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('bad input and faults, with real processes', () => {
  let organism: Organism;
  let folder: string;
  /** Nodes that were started again, by hand. */
  const again: Running[] = [];

  beforeAll(async () => {
    folder = temporaryFolder();
    organism = await Organism.up({ nodes: 5 });
  });
  afterAll(async () => {
    for (const { process } of again) process.kill('SIGKILL');
    await Promise.all(again.map(({ ended }) => ended));
    await organism?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function certificate(index: number): string {
    return join(organism.node(index).data, 'cert.pem');
  }

  function ask(
    index: number,
    method: string,
    path: string,
    { headers = {}, body, as }: Question = {},
  ): Promise<Answer> {
    const ca = readFileSync(certificate(index));
    const own =
      as === undefined
        ? {}
        : { key: readFileSync(join(organism.node(as).data, 'key.pem')), cert: readFileSync(certificate(as)) };
    return new Promise((resolve, reject) => {
      const url = `${organism.node(index).url}${path}`;
      const outgoing = request(url, { method, headers, ca, ...own, agent: false }, (response) => {
        response.toArray().then((chunks) => {
          const answer = Buffer.concat(chunks);
          const isProblem = response.headers['content-type'] === 'application/problem+json';
          const code = isProblem ? JSON.parse(answer.toString()).code : undefined;
          resolve({ status: response.statusCode ?? 0, code, body: answer });
          outgoing.destroy();
        }, reject);
      });
      outgoing.on('error', reject);
      if (body === undefined && headers['content-length'] !== undefined) outgoing.flushHeaders();
      else outgoing.end(body);
    });
  }

  function put(index: number, name: string, body: Uint8Array): Promise<Answer> {
    return ask(index, 'PUT', `${FILES}/${name}`, { body });
  }

  async function expectSameBytes(index: number, name: string, bytes: Uint8Array): Promise<void> {
    const { status, body } = await ask(index, 'GET', `${FILES}/${name}`);
    expect([status, sha256(body)]).toEqual([200, sha256(bytes)]);
  }

  /** Starts the process of a node that ended, and waits for its place. */
  async function revive(index: number): Promise<Running> {
    const { data, url } = organism.node(index);
    const running = start(['node', '--json', '--preset', 'local', '--data', data, '--port', new URL(url).port]);
    again.push(running);
    await running.event('placed');
    return running;
  }

  function untilWhole(cells: number): Promise<unknown> {
    return organism.until(
      (status) => holesOf(status).length === 0 && status.trees.every((tree) => tree.cells.length === cells),
      REPAIR_MS,
    );
  }

  function expectAllAlive(): void {
    expect(organism.whole.nodes.filter(({ pid }) => !isAlive(pid))).toEqual([]);
  }

  it('every node speaks to curl by its own certificate, without -k', async () => {
    const trees = organism.whole.trees.map(({ genome }) => ({ genome }));
    for (const [index, { url }] of organism.whole.nodes.entries()) {
      const curl = async (path: string): Promise<unknown> => {
        const args = ['-sS', '--fail', '--noproxy', '*', '--cacert', certificate(index), `${url}${path}`];
        return JSON.parse((await execute('curl', args)).stdout);
      };
      expect(await curl('/health/live')).toEqual({ status: 'live' });
      expect(await curl('/organism')).toMatchObject({ node: organism.node(index).id, trees });
    }
  });

  it("a shard whose bytes don't match its name is refused, and is nowhere", async () => {
    const bytes = randomBytes(100_000);
    const path = `/shardTree/shards/${sha256(bytes)}`;
    const flipped = Buffer.from(bytes);
    flipped[50_000] = (flipped[50_000] ?? 0) ^ 1;
    expect(await ask(1, 'PUT', path, { body: flipped })).toMatchObject({ status: 422, code: 'wrong-hash' });
    expect(await ask(2, 'GET', path)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await ask(1, 'PUT', path, { body: bytes })).toMatchObject({ status: 201 });
    expect((await ask(2, 'GET', path)).body.equals(bytes)).toBe(true);
  });

  it('a truncated upload leaves nothing visible, and a retry works', async () => {
    const bytes = randomBytes(3 * MIB);
    const { hostname, port } = new URL(organism.node(1).url);
    const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(certificate(1)) });
    socket.write(`PUT ${FILES}/cut HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    await new Promise((resolve) => socket.write(bytes.subarray(0, 2 * MIB), resolve));
    socket.destroy();
    expect(await ask(1, 'GET', `${FILES}/cut`)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await organism.json(['ls'])).toMatchObject({ files: [] });
    expect((await put(1, 'cut', bytes)).status).toBe(201);
    await expectSameBytes(3, 'cut', bytes);
  });

  it.each([
    ['an unknown file', 404, 'not-found', 'GET', `${FILES}/nobody`],
    ['an unknown id', 404, 'not-found', 'GET', `${FILES}/${'a'.repeat(52)}`],
    ['an unknown shard', 404, 'not-found', 'GET', `/shardTree/shards/${'0'.repeat(64)}`],
    ['an unknown path', 404, 'no-receptor', 'GET', '/nothing'],
    ['a name with a segment of two dots', 400, 'bad-name', 'PUT', `${FILES}/a%2F..%2Fb`],
    ['a name with a control character', 400, 'bad-name', 'PUT', `${FILES}/a%00b`],
    ['a name that is not NFC', 400, 'bad-name', 'PUT', `${FILES}/e%CC%81`],
    ['a name of 1,025 bytes', 400, 'bad-name', 'PUT', `${FILES}/${'n'.repeat(1_025)}`],
    ['a name that looks like an id', 400, 'bad-name', 'PUT', `${FILES}/${'a'.repeat(52)}`],
    ['a name that is not UTF-8', 400, 'malformed', 'PUT', `${FILES}/%ff`],
    ['a shard whose name is no hash', 400, 'malformed', 'GET', '/shardTree/shards/abc'],
  ])('%s is answered with %i %s', async (_what, status, code, method, path) => {
    expect(await ask(2, method, path, method === 'PUT' ? { body: 'x' } : {})).toMatchObject({ status, code });
  });

  it.each([
    ['a shard one byte over its limit', 'PUT', `/shardTree/shards/${'0'.repeat(64)}`, LIMITS.shardBytesMax + 1],
    ['a frame one byte over its limit', 'POST', '/peertree/frames', LIMITS.frameBytesMax + 1],
    ['a frame of 1 GiB', 'POST', '/peertree/frames', GIB],
    ['a shard of 1 GiB', 'PUT', `/shardTree/shards/${'0'.repeat(64)}`, GIB],
  ])('%s is refused by its declared length, before it is sent', async (_what, method, path, bytes) => {
    const headers = { 'content-length': bytes, 'content-type': 'application/json', 'peertree-signature': 'x' };
    expect(await ask(2, method, path, { headers, as: 3 })).toMatchObject({ status: 413, code: 'too-large' });
    expectAllAlive();
  });

  it('a port in use is named by its number', async () => {
    const { port } = new URL(organism.node(1).url);
    const { code, messages } = await run(['node', '--data', join(folder, 'second'), '--port', port]);
    expect([code, messages]).toEqual([1, expect.stringContaining(port)]);
  });

  it('a data folder in use is refused', async () => {
    const { code, messages } = await run(['node', '--data', organism.node(1).data, '--port', '0']);
    expect([code, messages]).toEqual([1, expect.stringContaining('Another process uses')]);
  });

  it('copies that rotted on a disk are found on read, served from elsewhere, and repaired', async () => {
    const bytes = randomBytes(6 * MIB);
    expect((await put(0, 'rot', bytes)).status).toBe(201);
    const { pid, data } = organism.node(2);
    process.kill(pid, 'SIGTERM');
    await gone(pid);
    expect(await rotEveryShard(join(data, 'store'))).toBeGreaterThan(0);
    await revive(2);
    await expectSameBytes(2, 'rot', bytes);
    // Lines of the log gather for a moment before they are written.
    await vi.waitFor(() => expect(readFileSync(join(data, 'log.ndjson'), 'utf8')).toContain('shard.damaged'), 5_000);
    const report = await untilVerified('rot');
    expect(report).toMatchObject({ ok: true, copies: { bad: 0 }, missing: [] });
  });

  /** Asks until every copy is good: each question has damaged ones found and replaced. */
  async function untilVerified(name: string): Promise<VerifyReport> {
    const giveUpAt = performance.now() + REPAIR_MS;
    for (;;) {
      const done = await organism.run(['verify', name, '--json']);
      const report = JSON.parse(done.output.toString()) as VerifyReport;
      // A copy that was found bad may be off the shelf and not yet replaced: three good ones of each shard are whole.
      if (report.ok && report.copies.good >= 3 * report.shards) return report;
      if (!report.ok) expect(done.code).toBe(5);
      if (performance.now() > giveUpAt) return report;
    }
  }

  /** Puts what is fed half by half, with something in between; resolves to how the command ended. */
  async function putWithFault(name: string, at: number, bytes: Buffer, fault: () => void): Promise<Done> {
    const putting = start([
      'put',
      '-',
      '--name',
      name,
      '--json',
      '--data',
      organism.data,
      '--at',
      organism.node(at).url,
    ]);
    const half = bytes.length / 2;
    await new Promise((resolve) => putting.process.stdin?.write(bytes.subarray(0, half), resolve));
    fault();
    putting.process.stdin?.end(bytes.subarray(half));
    const { code } = await putting.ended;
    return { code, output: putting.output(), messages: putting.messages() };
  }

  it('a put goes on, or fails clearly, when a node that it spreads to is killed in its middle', async () => {
    const bytes = randomBytes(16 * MIB);
    const done = await putWithFault('mid-other', 1, bytes, () => organism.kill(3));
    if (done.code === 0) expect(JSON.parse(done.output.toString())).toMatchObject({ bytes: bytes.length });
    else expect([[1, 4], done.messages]).toEqual([expect.arrayContaining([done.code]), expect.stringMatching(/\S/)]);
    const retried = await organism.run(['put', '-', '--name', 'mid-other'], { input: bytes });
    expect([retried.code, retried.messages]).toEqual([0, expect.any(String)]);
    await expectSameBytes(0, 'mid-other', bytes);
    await revive(3);
    await untilWhole(5);
    await expectSameBytes(3, 'mid-other', bytes);
  });

  it('a put fails clearly when the node it goes through is killed in its middle, and a retry works', async () => {
    const bytes = randomBytes(16 * MIB);
    const done = await putWithFault('mid-self', 4, bytes, () => organism.kill(4));
    expect(done.code).toBe(4);
    expect(JSON.parse(done.messages)).toMatchObject({ error: { code: 'unreachable' } });
    expect(await ask(0, 'GET', `${FILES}/mid-self`)).toMatchObject({ status: 404, code: 'not-found' });
    const retried = await organism.run(['put', '-', '--name', 'mid-self'], { input: bytes });
    expect(retried.code).toBe(0);
    await expectSameBytes(1, 'mid-self', bytes);
  });

  it('a data folder of a newer format is refused plainly, and left as it was', async () => {
    const { data, url } = organism.node(4);
    const format = join(data, 'format');
    const before = readFileSync(format);
    writeFileSync(format, '99\n');
    const { code, messages } = await run(['node', '--data', data, '--port', new URL(url).port]);
    expect([code, messages]).toEqual([1, expect.stringContaining('has format 99')]);
    expect(readFileSync(format, 'utf8')).toBe('99\n');
    writeFileSync(format, before);
    await revive(4);
    await untilWhole(5);
    const { body } = await ask(0, 'GET', `${FILES}/mid-self`);
    await expectSameBytes(4, 'mid-self', body);
  });

  it('a full disk of one node loses nothing that was acknowledged, and ends no process', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    try {
      await execute('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
    } catch (error) {
      console.warn(
        `A full disk can't be made here (mount: ${String(error)}); the specs of the Store twin cover the rest.`,
      );
      return;
    }
    const data = join(disk, 'node');
    let running: Running | undefined;
    try {
      running = await joining(data);
      const ready = running.event<{ readonly event: 'ready'; readonly url: string }>('ready');
      const [{ url }] = await Promise.all([ready, running.event('placed')]);
      await fillAndRead(running, data, url);
    } finally {
      running?.process.kill('SIGKILL');
      await running?.ended;
      // Lazily: what the node had started for itself ends a moment after it.
      await execute('umount', ['-l', disk]);
    }
  });

  /** One more node, whose data folder is this. */
  async function joining(data: string): Promise<Running> {
    const { token } = await organism.json<{ token: string }>(['invite']);
    const args = ['node', '--json', '--preset', 'local', '--data', data, '--port', '0'];
    const running = start([...args, '--join', organism.node(0).url, '--invite', token]);
    again.push(running);
    return running;
  }

  async function fillAndRead(small: Running, data: string, url: string): Promise<void> {
    const at = ['--at', url, '--data', data];
    const kept = new Map<string, Buffer>();
    const refused: string[] = [];
    // Far more than the small disk holds, through the others and through the node itself by turns.
    for (let round = 0; round < 9; round += 1) {
      const bytes = randomBytes(8 * MIB);
      const target = round % 2 === 0 ? ['--data', organism.data] : at;
      const done = await run(['put', '-', '--name', `fill-${round}`, '--json', ...target], { input: bytes });
      if (done.code === 0) kept.set(`fill-${round}`, bytes);
      else refused.push(JSON.parse(done.messages).error.code);
    }
    expect(readFileSync(join(data, 'log.ndjson'), 'utf8')).toContain('store.full');
    expect(refused.filter((code) => code !== 'disk-full')).toEqual([]);
    expect(kept.size).toBeGreaterThan(0);
    for (const [name, bytes] of kept) await expectSameBytes(1, name, bytes);
    const [name, bytes] = [...kept][0] ?? ['', Buffer.alloc(0)];
    // The full node can't follow the log any more: it answers with the bytes, or says plainly why it can't.
    const out = join(folder, 'from-the-full-node.bin');
    const got = await run(['get', name, '-o', out, '--json', ...at]);
    if (got.code !== 0) expect(JSON.parse(got.messages).error.code).toBe('disk-full');
    else expect(sha256(readFileSync(out))).toBe(sha256(bytes));
    expect([isAlive(small.pid), ...again.slice(0, -1).map(({ pid }) => isAlive(pid))]).not.toContain(false);
  }
});

/** Changes one bit in the middle of every shard of a node that is not running; returns how many there were. */
async function rotEveryShard(path: string): Promise<number> {
  const store = await openLmdbStore(path);
  const keys = [...store.range('shardIndex')].map(([key]) => key);
  for (const key of keys) {
    const bytes = Uint8Array.from(store.bytes(key) ?? []);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await store.commit([{ table: 'shards', key, bytes }]);
  }
  await store.close();
  return keys.length;
}
