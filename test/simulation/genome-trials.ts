import { describe, expect, it } from 'vitest';
import { runGenomeTrial } from './genome-trial.ts';

/** Files split the seeds over the cores; a failure names the seed that replays it. */
export function describeGenomeTrials(first: number, count: number): void {
  describe('entities under a partition and a crash of their cell', () => {
    it(`take one operation at a time, and each has its effect once (seeds ${first} to ${first + count - 1})`, async () => {
      let answered = 0;
      for (let seed = first; seed < first + count; seed++) {
        const report = await runGenomeTrial(seed);
        expect(report.flaws, `seed ${seed}`).toEqual([]);
        answered += report.answered;
      }
      // Trials in which hardly anything was answered would prove nothing.
      expect(answered).toBeGreaterThan(20 * count);
    });
  });
}
