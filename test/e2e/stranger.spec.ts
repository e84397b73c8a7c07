import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bumpIncarnation } from '../../src/runtime/incarnation.ts';
import { memoryLog } from '../../src/runtime/log/memory.ts';
import { encodeFrame } from '../../src/runtime/membrane/frame.ts';
import { HttpsMembrane } from '../../src/runtime/membrane/https.ts';
import { p256Signer } from '../../src/runtime/signer/p256.ts';
import { Organism } from './organism.ts';

const SCRIPT = fileURLToPath(new URL('../../examples/raw-frame.mjs', import.meta.url));
const execute = promisify(execFile);

describe('a stranger who follows docs/protocol.md alone', () => {
  let organism: Organism;
  beforeAll(async () => {
    organism = await Organism.up({ nodes: 3 });
    organism.kill(2);
    await organism.until(({ trees }) => trees.every(({ cells }) => cells.length === 2), 20_000);
  });
  afterAll(() => organism?.dispose());

  async function speak(...flags: string[]): Promise<Record<string, unknown>> {
    const { data } = organism.node(2);
    const { url, id } = organism.node(1);
    const { stdout } = await execute(process.execPath, [SCRIPT, data, url, id, ...flags]);
    return JSON.parse(stdout);
  }

  it('needs no more than 60 lines', () => {
    expect(readFileSync(SCRIPT, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  it('sets a register with the key of a stopped member, and the log shows it', async () => {
    const before = (await organism.status(1)).trees[0]?.version ?? 0;
    const reply = await speak();
    const version = before + 1;
    expect(reply).toMatchObject({ results: [{ id: '1', status: 'applied', body: { version } }] });
    expect((await organism.status(1)).trees[0]?.version).toBe(version);
  });

  it('is refused when one byte differs from what it signed, and the refusal is counted', async () => {
    const problem = await speak('--flip');
    expect(problem).toMatchObject({ status: 403, code: 'bad-signature' });
    const { nodes } = await organism.status();
    expect(nodes.find(({ id }) => id === organism.node(1).id)?.rejected).toMatchObject({ 'bad-signature': 1 });
  });

  it.each([
    ['a death that only the leader may find', 'pulse.condemned', (root: string) => ({ nodes: [root] })],
    ['a proof that only the node itself may make', 'consensus.proved', () => ({ generation: 9 })],
    ["the original's own order to shut down", 'tree.rootDeath', (root: string) => ({ root })],
  ])('is not believed when it forges %s', async (_what, kind, bodyOf) => {
    const { data } = organism.node(2);
    const { url, id } = organism.node(1);
    const before = await organism.status(1);
    const keyPem = readFileSync(join(data, 'key.pem'), 'utf8');
    const certPem = readFileSync(join(data, 'cert.pem'), 'utf8');
    const signer = p256Signer(keyPem);
    const membrane = new HttpsMembrane({ keyPem, certPem, log: memoryLog() });
    const bytes = encodeFrame({
      v: 1,
      organism: before.organism,
      from: signer.node,
      incarnation: await bumpIncarnation(data),
      to: id,
      toIncarnation: 0,
      lane: 'control',
      seq: 1,
      sentAt: 0,
      messages: [{ id: '1', tree: null, kind, body: bodyOf(organism.node(0).id) }],
    });
    const frame = { route: 'frame', lane: 'control', bytes, signature: signer.sign('frame', bytes) } as const;
    const send = async () => {
      const { bytes: answer } = await membrane.exchange({ node: id, url }, frame, { deadlineMs: 5_000 });
      return JSON.parse(Buffer.from(answer).toString());
    };
    expect(await send()).toMatchObject({ results: [{ status: 'refused', code: 'unknown-kind' }] });
    // Captured and sent again, it is not even looked into.
    expect(await send()).toMatchObject({ code: 'replayed' });
    await membrane.close();
    expect((await organism.status(1)).trees).toEqual(before.trees);
  });
});
