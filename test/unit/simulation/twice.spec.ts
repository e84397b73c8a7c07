import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/runtime/simulation/simulate.ts';
import { ONE_SEED_ONE_TRACE, simulateTwice } from '../../../src/runtime/simulation/twice.ts';

const verdictOf = (trace: string, events = 10): Verdict =>
  ({ trace, events, seed: 1, cells: 3, virtualMs: 500, violation: null }) as unknown as Verdict;

const runs = (...verdicts: Verdict[]) => {
  const left = [...verdicts];
  return async (): Promise<Verdict> => left.shift() as Verdict;
};

describe('one seed, one trace', () => {
  it('is content with two runs that are the same', async () => {
    expect(await simulateTwice({ seed: 1 }, runs(verdictOf('a'), verdictOf('a')))).toEqual(verdictOf('a'));
  });

  it.each([
    ['another trace', verdictOf('b'), 'a after 10 events, then b after 10'],
    ['more events', verdictOf('a', 11), 'a after 10 events, then a after 11'],
  ])('catches a second run with %s', async (_what, second, detail) => {
    const { violation } = await simulateTwice({ seed: 1 }, runs(verdictOf('a'), second));
    expect(violation).toEqual({ invariant: ONE_SEED_ONE_TRACE.name, kind: 'correctness', detail, at: 500 });
  });

  it('is true of a seed with faults', async () => {
    const { violation, struck, operations } = await simulateTwice({
      seed: 11,
      cells: 3,
      faultsMs: 4_000,
      epilogues: [],
    });
    expect(violation).toBeNull();
    expect(struck).toBeGreaterThan(0);
    expect(operations.asked).toBeGreaterThan(0);
  });
});
