import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
});
