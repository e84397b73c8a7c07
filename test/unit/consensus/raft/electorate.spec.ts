import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/contract/limits.ts';
import {
  type Electorate,
  electorateOf,
  isSeatable,
  joining,
  reachedBy,
  settling,
  tally,
} from '../../../../src/organs/consensus/raft/electorate.ts';

const NODES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

const voters = fc.subarray(NODES, { minLength: 1, maxLength: 5 });
const electorate: fc.Arbitrary<Electorate> = fc.record({
  voters,
  leaving: fc.oneof(fc.constant([]), voters),
});
const camp = fc.subarray(NODES);

const isMajority = (nodes: readonly string[], of: readonly string[]): boolean =>
  of.filter((node) => nodes.includes(node)).length * 2 > of.length;

/** Said plainly: more than half of each list that counts. */
const carries = (nodes: readonly string[], { voters: now, leaving }: Electorate): boolean =>
  isMajority(nodes, now) && (leaving.length === 0 || isMajority(nodes, leaving));

describe('an electorate', () => {
  it('has reached what a majority of each list has', () => {
    fc.assert(
      fc.property(electorate, fc.array(fc.nat(5), { minLength: 7, maxLength: 7 }), (lists, values) => {
        const have = (node: string): number => values[NODES.indexOf(node)] ?? 0;
        const reached = reachedBy(lists, have);
        const having = (value: number): string[] => NODES.filter((node) => have(node) >= value);
        expect(carries(having(reached), lists)).toBe(true);
        expect(carries(having(reached + 1), lists)).toBe(false);
      }),
    );
  });

  it('compares what is infinite', () => {
    const lists = { voters: ['a', 'b', 'c'], leaving: [] };
    const never = Number.NEGATIVE_INFINITY;
    expect(reachedBy(lists, (node) => (node === 'a' ? Number.POSITIVE_INFINITY : never))).toBe(never);
    expect(reachedBy({ voters: ['a'], leaving: [] }, () => Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(reachedBy({ voters: [], leaving: [] }, () => 7)).toBe(never);
  });

  it('calls an election won or lost exactly when no further vote can change that', () => {
    fc.assert(
      fc.property(electorate, camp, camp, (lists, granting, refusing) => {
        const votes = Object.fromEntries([
          ...refusing.map((node) => [node, false] as const),
          ...granting.map((node) => [node, true] as const),
        ]);
        const open = NODES.filter((node) => votes[node] === undefined);
        const isWon = carries(granting, lists);
        const isLost = !carries([...granting, ...open], lists);
        expect(tally(lists, votes)).toBe(isWon ? 'won' : isLost ? 'lost' : 'open');
      }),
    );
  });

  it('changes so that no two camps can each carry the list before, the joint one or the list after', () => {
    fc.assert(
      fc.property(voters, voters, camp, (before, after, nodes) => {
        const old = { voters: before, leaving: [] };
        const joint = electorateOf(joining(old, after)) as Electorate;
        const final = electorateOf(settling(joint)) as Electorate;
        const others = NODES.filter((node) => !nodes.includes(node));
        expect(joint).toEqual({ voters: after, leaving: before });
        expect(final).toEqual({ voters: after, leaving: [] });
        for (const [one, next] of [
          [old, joint],
          [joint, joint],
          [joint, final],
        ] as const)
          expect(carries(nodes, one) && carries(others, next)).toBe(false);
      }),
    );
  });

  it('takes one to as many voters as the limit says, each once', () => {
    const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);
    expect(isSeatable([])).toBe(false);
    expect(isSeatable(many(1))).toBe(true);
    expect(isSeatable(many(LIMITS.votersMax))).toBe(true);
    expect(isSeatable(many(LIMITS.votersMax + 1))).toBe(false);
    expect(isSeatable(['a', 'b', 'a'])).toBe(false);
  });
});
