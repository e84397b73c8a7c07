import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Play, schedule } from './schedule.ts';

/** PEERTREE_RAFT_RUNS plays more schedules than a test run has time for. */
const RUNS = Number(process.env.PEERTREE_RAFT_RUNS ?? 30);

describe('Raft under everything that may happen', () => {
  it('keeps every law, and is whole again once all is mended', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(schedule, ({ moves, ...setting }) => {
        const play = new Play(setting);
        for (const move of moves) play.move(move);
        expect(play.mend()).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
