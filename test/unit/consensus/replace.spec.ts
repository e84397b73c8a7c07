import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, Move } from '../../../src/contract/entries.ts';
import type { NodeId, Occupant, View } from '../../../src/contract/words.ts';
import { applyRecord } from '../../../src/organs/consensus/apply.ts';
import { planReplace } from '../../../src/organs/consensus/plan.ts';
import { nextRecord } from '../../../src/organs/consensus/records.ts';
import { isWhole } from '../../../src/organs/consensus/soundness.ts';
import { Logbook, memberOf, nodeOf } from './logbook.ts';

type Replace = Extract<Entry, { type: 'REPLACE' }>;

const name = (index: number): string => `cell ${index}`;
const names = (n: number): string[] => Array.from({ length: n }, (_, index) => name(index + 1));

const founded = new Logbook();

/** Two trees of the same n cells, the second one turned round, so that a node has different slots in the two. */
function organism(n: number): View {
  const { view } = founded;
  const nodes = names(n).map(nodeOf);
  const members = Object.fromEntries(names(n).map((one) => [nodeOf(one), memberOf(one)]));
  const occupants = nodes.map((node): Occupant => ({ node, weight: 1, seed: `seed of ${node}` }));
  const [first, second] = Object.values(view.trees);
  if (first === undefined || second === undefined) throw new Error('two trees were expected');
  const trees = {
    [first.tree]: { ...first, slots: occupants },
    [second.tree]: { ...second, slots: occupants.toReversed() },
  };
  return { ...view, members, trees };
}

function planned(view: View, dead: readonly NodeId[], down: readonly NodeId[] = dead): Replace {
  const plan = planReplace(view, dead, 'dead', { alive: (node) => !down.includes(node) });
  if (plan.plan !== 'append' || plan.entry.type !== 'REPLACE') throw new Error(`unexpected plan ${plan.plan}`);
  return plan.entry;
}

const applied = (view: View, entry: Entry): View => applyRecord(view, nextRecord(view, entry, 1, 0)).view;
const nodesIn = (slots: readonly Occupant[] | undefined): NodeId[] => (slots ?? []).map(({ node }) => node);

/** n cells, some of them dead, some merely silent. */
const losses = fc.integer({ min: 2, max: 40 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    dead: fc.subarray(names(n).map(nodeOf), { minLength: 1 }),
    silent: fc.subarray(names(n).map(nodeOf)),
  }),
);

describe('REPLACE, whoever dies', () => {
  it('leaves slots 1..n without a gap, with each live cell in exactly one, and its seed unchanged', () => {
    fc.assert(
      fc.property(losses, ({ n, dead, silent }) => {
        const view = organism(n);
        const after = applied(view, planned(view, dead, [...dead, ...silent]));
        for (const map of Object.values(view.trees)) {
          const slots = after.trees[map.tree]?.slots ?? [];
          const survivors = map.slots.filter(({ node }) => !dead.includes(node));
          expect(isWhole({ ...map, slots })).toBe(true);
          expect([...slots].sort(bySeed)).toEqual([...survivors].sort(bySeed));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('moves nobody but the cells past the new end, each once', () => {
    fc.assert(
      fc.property(losses, ({ n, dead, silent }) => {
        const view = organism(n);
        const after = applied(view, planned(view, dead, [...dead, ...silent]));
        for (const map of Object.values(view.trees)) {
          const now = nodesIn(after.trees[map.tree]?.slots);
          const before = nodesIn(map.slots);
          const moved = now.filter((node, index) => before[index] !== node);
          const last = before.slice(now.length).filter((node) => !dead.includes(node));
          expect([...moved].sort()).toEqual([...last].sort());
        }
      }),
      { numRuns: 50 },
    );
  });

  it('fills the lowest holes with cells held alive, the last to have joined first', () => {
    fc.assert(
      fc.property(losses, ({ n, dead, silent }) => {
        const view = organism(n);
        const { moves } = planned(view, dead, [...dead, ...silent]);
        for (const map of Object.values(view.trees)) {
          const movers = moves.flatMap((move) => (move.tree === map.tree && move.to !== null ? [move.to] : []));
          const alive = movers.filter((node) => !silent.includes(node));
          expect(movers.slice(0, alive.length)).toEqual(alive);
          const slotsOf = alive.map((node) => nodesIn(map.slots).indexOf(node));
          expect(slotsOf).toEqual([...slotsOf].sort((a, b) => b - a));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('lists its moves ascending, says who was there, and closes the slots at the end', () => {
    fc.assert(
      fc.property(losses, ({ n, dead }) => {
        const view = organism(n);
        const { moves, nodes } = planned(view, dead);
        expect(nodes).toEqual([...dead].sort());
        for (const map of Object.values(view.trees)) {
          const own = moves.filter((move) => move.tree === map.tree);
          expect(own.map(({ slot }) => slot)).toEqual([...own.map(({ slot }) => slot)].sort((a, b) => a - b));
          expect(own.map(({ from }) => from)).toEqual(own.map(({ slot }) => map.slots[slot - 1]?.node));
          const isOpen = (move: Move): boolean => move.to !== null;
          expect(own.findLastIndex(isOpen)).toBeLessThan(own.findIndex((move) => !isOpen(move)));
          expect(own.filter((move) => !isOpen(move))).toHaveLength(dead.length);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('leaves the trees whole when a second loss follows the first', () => {
    fc.assert(
      fc.property(losses, ({ n, dead, silent }) => {
        fc.pre(silent.some((node) => !dead.includes(node)));
        const view = organism(n);
        const first = applied(view, planned(view, dead));
        const second = applied(first, planned(first, silent));
        for (const map of Object.values(second.trees)) {
          expect(isWhole(map)).toBe(true);
          expect(nodesIn(map.slots).some((node) => dead.includes(node) || silent.includes(node))).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('REPLACE, by example', () => {
  const cells = (n: number): NodeId[] => names(n).map(nodeOf);
  const slotsAfter = (n: number, ...dead: readonly number[]): NodeId[] => {
    const view = organism(n);
    const after = applied(
      view,
      planned(
        view,
        dead.map((index) => nodeOf(name(index))),
      ),
    );
    return nodesIn(Object.values(after.trees)[0]?.slots);
  };
  const pick = (...indices: readonly number[]): NodeId[] => indices.map((index) => nodeOf(name(index)));

  it('puts the last cell into the hole', () => {
    expect(slotsAfter(6, 2)).toEqual(pick(1, 6, 3, 4, 5));
  });

  it('only closes the last slot where the last cell is lost', () => {
    expect(slotsAfter(6, 6)).toEqual(cells(5));
  });

  it('puts the last cell into the place of the root', () => {
    expect(slotsAfter(6, 1)).toEqual(pick(6, 2, 3, 4, 5));
  });

  it('copes with several at once, the root and the last among them', () => {
    expect(slotsAfter(7, 1, 3, 7)).toEqual(pick(6, 2, 5, 4));
    expect(slotsAfter(7, 5, 6, 7)).toEqual(cells(4));
    expect(slotsAfter(7, 1, 2, 3, 4, 5, 6)).toEqual(pick(7));
  });

  it('is nothing to do for who has no slot, and asks once for who is named twice', () => {
    const view = organism(3);
    expect(planReplace(view, [nodeOf('stranger')], 'dead', { alive: () => true })).toEqual({ plan: 'done' });
    expect(planned(view, [nodeOf(name(2)), nodeOf(name(2))]).nodes).toEqual([nodeOf(name(2))]);
  });

  it('keeps the dead in the roster, marks the revoked, and forgets who left', () => {
    const view = organism(3);
    const [node = ''] = pick(3);
    const roster = (reason: Replace['reason']) => applied(view, { ...planned(view, [node]), reason }).members[node];
    expect(roster('dead')).toEqual(view.members[node]);
    expect(roster('revoked')).toEqual({ ...view.members[node], revoked: true });
    expect(roster('left')).toBeUndefined();
  });

  it('changes the version of the trees it touches and of no other', () => {
    const view = organism(4);
    const [first, second] = Object.values(view.trees);
    if (first === undefined || second === undefined) throw new Error('two trees were expected');
    const alone = { ...view, trees: { ...view.trees, [second.tree]: { ...second, slots: second.slots.slice(1) } } };
    const after = applied(alone, planned(alone, pick(4)));
    expect(after.trees[first.tree]?.version).toBe(view.version + 1);
    expect(after.trees[second.tree]).toBe(alone.trees[second.tree]);
  });
});

function bySeed(a: Occupant, b: Occupant): number {
  return a.seed < b.seed ? -1 : 1;
}
