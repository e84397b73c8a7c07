import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { playScenario } from './scenario.ts';

const folder = new URL('../../../scenarios/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));

/** After a change that is meant, `npx vitest run --project unit test/unit/consensus/raft/scenarios.spec.ts -u` writes the traces anew. */
describe('the scenarios', () => {
  it('are all there', () => {
    expect(files.length).toBeGreaterThanOrEqual(24);
  });

  it.each(files)('%s', async (file) => {
    const script = readFileSync(new URL(file, folder), 'utf8');
    await expect(playScenario(script)).toMatchFileSnapshot(new URL(file, folder).pathname);
  });
});
