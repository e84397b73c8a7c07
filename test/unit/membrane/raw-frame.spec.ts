import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../../src/contract/wire.ts';
import { realClock } from '../../../src/runtime/clock/real.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { Gate } from '../../../src/runtime/membrane/gate.ts';
import { HttpsMembrane } from '../../../src/runtime/membrane/https.ts';
import { credentials } from '../../twins/credentials.ts';
import { ORGANISM, TREE } from './stage.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../../examples/raw-frame.mjs', import.meta.url));
const delivered: { message: Message; incarnation: number }[] = [];
let folder = '';
let gate: Gate;
let membrane: HttpsMembrane;
let target: string[] = [];

beforeAll(async () => {
  const [server, member] = await Promise.all([credentials(), credentials()]);
  folder = await mkdtemp(join(tmpdir(), 'stopped-member-'));
  await writeFile(join(folder, 'key.pem'), member.keyPem);
  await writeFile(join(folder, 'cert.pem'), member.certPem);
  await writeFile(join(folder, 'incarnation'), '6\n');
  const log = memoryLog();
  gate = new Gate({
    signer: server.signer,
    clock: realClock(),
    log,
    organism: () => ORGANISM,
    incarnation: 3,
    standing: (node) => (node === member.signer.node ? 'member' : 'unknown'),
    accepts: () => true,
    deliver: async (message, { incarnation }) => {
      delivered.push({ message, incarnation });
      return { ok: true, body: { version: 9 } };
    },
    shards: { put: async () => undefined, get: async () => undefined },
  });
  const { keyPem, certPem } = server;
  const organism = { organism: ORGANISM, trees: [{ treeId: TREE }] };
  membrane = new HttpsMembrane({
    keyPem,
    certPem,
    log,
    routes: async (app) => void app.get('/organism', async () => organism),
  });
  target = [folder, await membrane.listen(gate.handle), server.signer.node];
});
afterAll(async () => {
  await membrane.close(0);
  await rm(folder, { recursive: true });
});

const post = async (...args: string[]) => JSON.parse((await run(process.execPath, [script, ...args])).stdout);

describe('examples/raw-frame.mjs', () => {
  it('is at most 60 lines of node:crypto, node:https and node:fs', async () => {
    const text = await readFile(script, 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect([...text.matchAll(/from '(.*)'/g)].map(([, name]) => name)).toEqual([
      'node:crypto',
      'node:fs',
      'node:https',
    ]);
  });

  it('is taken, under an incarnation of its own each time', async () => {
    expect(await post(...target)).toMatchObject({ results: [{ id: '1', status: 'applied', body: { version: 9 } }] });
    expect(await post(...target)).toMatchObject({ results: [{ status: 'applied' }] });
    expect(delivered.map(({ incarnation }) => incarnation)).toEqual([7, 8]);
    expect(delivered[0]?.message).toMatchObject({
      kind: 'consensus.propose',
      body: { command: { type: 'set', tree: TREE, writes: [{ key: 'note:hello-7', expected: 0, value: 'hello' }] } },
    });
    expect(await readFile(join(folder, 'incarnation'), 'utf8')).toBe('8\n');
    expect(gate.rejected()).toEqual({});
  });

  it('is refused with one byte changed, and counted', async () => {
    expect(await post(...target, '--flip')).toMatchObject({ status: 403, code: 'bad-signature' });
    expect([delivered.length, gate.rejected()]).toEqual([2, { 'bad-signature': 1 }]);
  });

  it('says nothing to a node with another key', async () => {
    const [dir = '', url = ''] = target;
    await expect(post(dir, url, 'a'.repeat(52))).rejects.toThrow(/is not node/);
    expect(gate.rejected()).toEqual({ 'bad-signature': 1 });
  });
});
