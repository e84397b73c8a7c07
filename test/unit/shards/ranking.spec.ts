import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import type { Member } from '../../../src/contract/words.ts';
import { byScore, leads, ranked } from '../../../src/organs/shards/ranking.ts';
import { type Cell, cells, hashes, TREE, viewOf } from './fake-view.ts';

const anyHash = fc.string().map((text) => sha256Hex(text));
/** Cells with weights and zones of all kinds, ids distinct. */
const anyCells = (max = 24): fc.Arbitrary<Cell[]> =>
  fc.uniqueArray(
    fc.record({
      node: fc.nat(10_000).map((number) => `n${number}`),
      weight: fc.constantFrom(1, 2, 4, 8),
      zone: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    }),
    { minLength: 1, maxLength: max, selector: ({ node }) => node },
  );

describe('ranking', () => {
  it('is the same for every order of the slots', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, fc.nat(), (given, hash, turn) => {
        const rotated = given.map((_, index) => given[(index + turn) % given.length] as Cell);
        expect(ranked(viewOf(rotated), TREE, hash, 16)).toEqual(ranked(viewOf(given), TREE, hash, 16));
      }),
    );
  });

  it('names each cell at most once, and as many as there are', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, fc.integer({ min: 0, max: 40 }), (given, hash, count) => {
        const order = ranked(viewOf(given), TREE, hash, count);
        expect(new Set(order).size).toBe(Math.min(count, given.length));
      }),
    );
  });

  it('gives a longer list the shorter one as its beginning', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, fc.integer({ min: 1, max: 8 }), (given, hash, count) => {
        const view = viewOf(given);
        expect(ranked(view, TREE, hash, count * 2).slice(0, count)).toEqual(ranked(view, TREE, hash, count));
      }),
    );
  });

  it('takes distinct zones first', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, (given, hash) => {
        const zoneOf = new Map(given.map(({ node, zone }) => [node, zone]));
        const zones = new Set(zoneOf.values()).size;
        const first = ranked(viewOf(given), TREE, hash, zones).map((node) => zoneOf.get(node));
        expect(new Set(first).size).toBe(zones);
      }),
    );
  });

  it('moves only the shards of a cell that leaves, to one more cell each', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, fc.nat(), (given, hash, which) => {
        const gone = given[which % given.length] as Cell;
        const before = ranked(viewOf(given), TREE, hash, 3);
        const after = ranked(viewOf(given.filter((cell) => cell !== gone)), TREE, hash, 3);
        const survivors = before.filter((node) => node !== gone.node);
        expect(after).toEqual(expect.arrayContaining(survivors));
        if (!before.includes(gone.node)) expect(after).toEqual(before);
      }),
    );
  });

  it('treats cells to leave out as if they were not in the map', () => {
    fc.assert(
      fc.property(anyCells(), anyHash, fc.nat(), (given, hash, which) => {
        const gone = (given[which % given.length] as Cell).node;
        const rest = viewOf(given.filter(({ node }) => node !== gone));
        expect(ranked(viewOf(given), TREE, hash, 5, new Set([gone]))).toEqual(ranked(rest, TREE, hash, 5));
      }),
    );
  });

  it('changes with the seed, and not with the node id, so that an id can not be mined', () => {
    const [a, b, c] = cells(3, (index) => ({ seed: `s${index}` })) as [Cell, Cell, Cell];
    const renamed = viewOf([{ ...a, node: 'x' }, b, c]);
    const reseeded = viewOf([{ ...a, seed: 'another' }, b, c]);
    const names = (view: typeof renamed): string[] =>
      hashes(200).map((hash) => (ranked(view, TREE, hash, 1)[0] as string).replace('x', 'c0'));
    const before = names(viewOf([a, b, c]));
    expect(names(renamed)).toEqual(before);
    expect(names(reseeded)).not.toEqual(before);
  });

  it('gives each cell shards by its weight', () => {
    // Six cells of weights 1, 2 and 4: shares of 1/14, 2/14 and 4/14 of the first places.
    const given = cells(6, (index) => ({ weight: 2 ** (index % 3) }));
    const view = viewOf(given);
    const firsts = new Map<string, number>();
    const all = hashes(14_000);
    for (const hash of all) {
      const [first] = ranked(view, TREE, hash, 1) as [string];
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const { node, weight = 1 } of given) {
      const share = ((firsts.get(node) ?? 0) / all.length) * 14;
      expect(share / weight, `weight ${weight}`).toBeGreaterThan(0.9);
      expect(share / weight, `weight ${weight}`).toBeLessThan(1.1);
    }
  });

  it('is the same on every machine and in every version', () => {
    // Frozen: a change of any of these would move every shard of every organism.
    const view = viewOf(cells(8, (index) => ({ weight: 2 ** (index % 3), zone: `z${index % 4}` })));
    expect(ranked(view, TREE, sha256Hex('one'), 4).join(' ')).toBe('c0 c7 c5 c2');
    expect(ranked(view, TREE, sha256Hex('two'), 4).join(' ')).toBe('c1 c2 c7 c4');
    expect(ranked(view, TREE, sha256Hex(''), 8).join(' ')).toBe('c0 c5 c7 c6 c1 c4 c2 c3');
  });

  it('sees a new zone of a member whose slot stayed the same', () => {
    const before = viewOf(cells(4));
    const hash = sha256Hex('zoned');
    const [first, second] = ranked(before, TREE, hash, 2) as [string, string];
    const members = { ...before.members };
    for (const node of [first, second]) members[node] = { ...(before.members[node] as Member), zone: 'shared' };
    const after = ranked({ ...before, members }, TREE, hash, 2);
    expect(after[0]).toBe(first);
    expect(after[1]).not.toBe(second);
  });

  it('has nobody to name for a tree that is not there', () => {
    expect(ranked(viewOf(cells(3)), 'elsewhere', sha256Hex('x'), 3)).toEqual([]);
  });
});

describe('byScore', () => {
  it('orders some of the cells as the ranking without zones does, strangers last', () => {
    const view = viewOf(cells(6));
    for (const hash of hashes(20)) {
      const order = ranked(view, TREE, hash, 6);
      expect(byScore(view, TREE, hash, ['stranger', ...[...order].reverse()])).toEqual([...order, 'stranger']);
    }
  });
});

describe('leads', () => {
  it('says who comes first by score', () => {
    fc.assert(
      fc.property(anyCells(8), anyHash, (given, hash) => {
        const view = viewOf(given);
        const names = [...given.map(({ node }) => node), 'stranger'];
        const [first] = byScore(view, TREE, hash, names);
        for (const node of names) {
          const others = names.filter((other) => other !== node);
          expect(leads(view, TREE, hash, node, others)).toBe(node === first);
        }
        expect(leads(view, TREE, hash, 'stranger', [])).toBe(true);
      }),
    );
  });
});
