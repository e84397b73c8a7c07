import { describe, expect, it } from 'vitest';
import '../../src/runtime/simulation/vitest.ts';
import { commandOf, runSeed } from './bank.ts';

const SEED_DEADLINE_MS = 120_000;

/** One test a seed, so that a failure names the seed that replays it. Files split the seeds over the cores. */
export function describeSeeds(first: number, count: number): void {
  describe('an organism under drawn faults and load breaks no promise', () => {
    for (let seed = first; seed < first + count; seed++) {
      it(`seed ${seed}: ${commandOf(seed)}`, { timeout: SEED_DEADLINE_MS }, async () => {
        expect(await runSeed(seed)).toHold();
      });
    }
  });
}
