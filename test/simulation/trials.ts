import { describe, expect, it } from 'vitest';
import { runTrial } from '../../src/runtime/simulation/trial.ts';

/** As the acceptance asks: fifty cells, two virtual minutes of drawn faults, more than twenty puts. */
const TRIAL = { nodes: 50, faultsMs: 120_000, puts: 24, preset: 'wan' } as const;
const SEED_DEADLINE_MS = 120_000;

/** One test a seed, so that a failure names the seed that replays it. `npm run soak:trials` runs as many as you like. */
export function describeTrials(first: number, count: number): void {
  describe(`an organism of ${TRIAL.nodes} cells under drawn faults`, () => {
    for (let seed = first; seed < first + count; seed++) {
      it(`reads every acknowledged file at every cell (seed ${seed})`, { timeout: SEED_DEADLINE_MS }, async () => {
        const report = await runTrial({ ...TRIAL, seed });
        expect(report.puts.tried).toBeGreaterThanOrEqual(20);
        expect(report.virtualMs).toBeGreaterThanOrEqual(TRIAL.faultsMs);
        // A trial in which nothing was acknowledged, or nothing went wrong, would prove nothing.
        expect(report.puts.acknowledged).toBeGreaterThan(0);
        expect(report.reads).toBeGreaterThanOrEqual(
          report.faults.length > 0 ? TRIAL.nodes - 1 : Number.POSITIVE_INFINITY,
        );
      });
    }
  });
}
