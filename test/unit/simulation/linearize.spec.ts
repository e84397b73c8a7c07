import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import {
  type Interval,
  linearize,
  type SequentialModel,
} from '../../../src/runtime/simulation/linearizability/linearize.ts';
import {
  type RegisterInput,
  registerEvents,
  registerModel,
} from '../../../src/runtime/simulation/linearizability/register.ts';

type Input = { readonly write: number } | { readonly read: number };

/** A plain register of small numbers. */
const model: SequentialModel<number, Input> = {
  initial: 0,
  step: (state, input) => ('write' in input ? input.write : input.read === state ? state : undefined),
  keyOf: String,
};

/** Every order, tried one after the other: slow and surely right. */
function byBruteForce(intervals: readonly Interval<Input>[], state = 0): boolean {
  const open = intervals.filter(({ returnedAt }) => returnedAt !== null);
  if (open.length === 0) return true;
  const firstEnd = Math.min(...open.map(({ returnedAt }) => returnedAt as number));
  return intervals.some((interval, index) => {
    if (interval.calledAt > firstEnd) return false;
    const next = model.step(state, interval.input);
    return next !== undefined && byBruteForce(intervals.toSpliced(index, 1), next);
  });
}

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.nat(2).map((write) => ({ write })),
  fc.nat(2).map((read) => ({ read })),
);
const interval = fc
  .record({ input, calledAt: fc.nat(12), lasts: fc.integer({ min: 0, max: 6 }), answered: fc.boolean() })
  .map(
    ({ input: asked, calledAt, lasts, answered }): Interval<Input> => ({
      input: asked,
      calledAt,
      // A read without an answer would explain itself.
      returnedAt: answered || 'read' in asked ? calledAt + lasts : null,
    }),
  );

describe('linearize', () => {
  it('says the same as all orders tried one by one', () => {
    const verdicts = { possible: 0, impossible: 0 };
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 7 }), (intervals) => {
        const { verdict } = linearize(model, intervals);
        if (verdict === 'unknown') expect.fail('so short a history is searched to its end');
        verdicts[verdict] += 1;
        expect(verdict).toBe(byBruteForce(intervals) ? 'possible' : 'impossible');
      }),
      { numRuns: 200, seed: 3 },
    );
    // A property over histories that are all of one kind would show little.
    expect(Math.min(verdicts.possible, verdicts.impossible)).toBeGreaterThan(20);
  });

  it('names the operation that no order explains', () => {
    const history: Interval<Input>[] = [
      { input: { write: 1 }, calledAt: 0, returnedAt: 10 },
      { input: { read: 0 }, calledAt: 20, returnedAt: 30 },
    ];
    expect(linearize(model, history)).toEqual({
      verdict: 'impossible',
      detail: '{"read":0}, asked at 20 ms and answered at 30 ms',
    });
  });

  it('lets what was never answered happen late or never', () => {
    const lost: Interval<Input> = { input: { write: 1 }, calledAt: 0, returnedAt: null };
    const read = (value: number, calledAt: number): Interval<Input> => ({
      input: { read: value },
      calledAt,
      returnedAt: calledAt + 1,
    });
    expect(linearize(model, [lost, read(0, 5), read(1, 10)]).verdict).toBe('possible');
    expect(linearize(model, [lost, read(0, 5), read(0, 10)]).verdict).toBe('possible');
    expect(linearize(model, [lost, read(1, 5), read(0, 10)]).verdict).toBe('impossible');
  });

  it('gives up at its limit of steps, and not one before', () => {
    const writes = Array.from(
      { length: 3 },
      (_, index): Interval<Input> => ({
        input: { write: index },
        calledAt: 0,
        returnedAt: 100,
      }),
    );
    const history = [...writes, { input: { read: 9 }, calledAt: 200, returnedAt: 201 } satisfies Interval<Input>];
    const verdicts = Array.from({ length: 150 }, (_, stepsMax) => linearize(model, history, stepsMax).verdict);
    const enough = verdicts.indexOf('impossible');
    expect(enough).toBeGreaterThan(5);
    expect(new Set(verdicts.slice(0, enough))).toEqual(new Set(['unknown']));
    expect(new Set(verdicts.slice(enough))).toEqual(new Set(['impossible']));
    expect(LIMITS.linearizeStepsMax).toBeGreaterThan(enough);
  });

  it('searches a long history of one busy register in no time', () => {
    const history = Array.from(
      { length: 300 },
      (_, index): Interval<Input> => ({
        input: index % 2 === 0 ? { write: index } : { read: index - 1 },
        calledAt: index * 2,
        returnedAt: index * 2 + 3,
      }),
    );
    expect(linearize(model, history).verdict).toBe('possible');
  });
});

describe('a compare-and-set register', () => {
  const at = (asked: RegisterInput, calledAt: number, returnedAt: number | null): Interval<RegisterInput> => ({
    input: asked,
    calledAt,
    returnedAt,
  });
  const set = (expected: number, version: number, value: string): RegisterInput => ({
    do: 'set',
    expected,
    version,
    value,
  });

  it('goes from version to version, and never back', () => {
    const history = [
      at(set(0, 3, 'a'), 0, 1),
      at(set(3, 5, 'b'), 2, 3),
      at({ do: 'read', saw: { version: 5, value: 'b' } }, 4, 5),
    ];
    expect(linearize(registerModel, history).verdict).toBe('possible');
    expect(linearize(registerModel, [...history, at(set(3, 9, 'c'), 6, 7)]).verdict).toBe('impossible');
    expect(linearize(registerModel, [...history, at(set(5, 4, 'c'), 6, 7)]).verdict).toBe('impossible');
  });

  it('has two writers of one version only where one of them failed', () => {
    const both = [at(set(0, 3, 'a'), 0, 9), at(set(0, 4, 'b'), 0, 9)];
    expect(linearize(registerModel, both).verdict).toBe('impossible');
  });

  it('is told by its clients, of whom those that failed count only where they were read', () => {
    const operation = (id: number, rest: object) =>
      ({ id, node: 0, key: 'k', calledAt: id, returnedAt: id + 1, ...rest }) as never;
    const events = registerEvents([
      operation(1, { kind: 'set', input: { expected: 0, value: 'a' }, outcome: { ok: false, code: 'deadline' } }),
      operation(2, { kind: 'set', input: { expected: 0, value: 'b' }, outcome: { ok: false, code: 'conflict' } }),
      operation(3, { kind: 'read', input: null, outcome: { ok: true, output: { version: 7, value: 'a' } } }),
      operation(4, { kind: 'read', input: null, outcome: { ok: false, code: 'deadline' } }),
      operation(5, { kind: 'put', input: 'x', outcome: { ok: true, output: null } }),
    ]);
    expect([...events.keys()]).toEqual(['k']);
    expect(events.get('k')).toEqual([
      { input: { do: 'set', expected: 0, value: 'a', version: 7 }, calledAt: 1, returnedAt: null },
      { input: { do: 'read', saw: { version: 7, value: 'a' } }, calledAt: 3, returnedAt: 4 },
    ]);
  });
});
