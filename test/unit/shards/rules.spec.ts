import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import type { View } from '../../../src/contract/words.ts';
import { ranked } from '../../../src/organs/shards/ranking.ts';
import {
  acksNeeded,
  countStorage,
  isSurplus,
  mayDrop,
  mayPromise,
  pushPosition,
  type Standpoint,
  samePlacement,
  seekOrder,
  strangers,
  wanted,
} from '../../../src/organs/shards/rules.ts';
import { cells, hashes, TREE, viewOf } from './fake-view.ts';

const standAt = (view: View, self: string, rest: Partial<Standpoint> = {}): Standpoint => ({
  view,
  tree: TREE,
  self,
  copies: 3,
  without: new Set(),
  alive: () => true,
  ...rest,
});

describe('an acknowledgement needs', () => {
  it.each([
    // live, cells, needed
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
    [2, 3, 2],
    [3, 3, 3],
    [1, 5, 2],
    [2, 5, 2],
    [4, 5, 3],
    [0, 1, 1],
  ])('with %i of %i cells live %i copies', (live, count, needed) => {
    expect(acksNeeded(3, live, count)).toBe(needed);
  });

  it('never more than there are cells, nor less than two where there are two', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(50),
        (copies, count, live) => {
          const needed = acksNeeded(copies, Math.min(live, count), count);
          expect(needed).toBeLessThanOrEqual(count);
          expect(needed).toBeGreaterThanOrEqual(Math.min(2, count));
        },
      ),
    );
  });
});

describe('the cells that should have a shard', () => {
  const view = viewOf(cells(6));
  const [hash] = hashes(1) as [string];
  const [a, b, c, d] = ranked(view, TREE, hash, 6) as [string, string, string, string];

  it('are the best ranked that stand', () => {
    expect(wanted(standAt(view, a), hash, [a])).toEqual([a, b, c]);
    expect(wanted(standAt(view, a, { without: new Set([b]) }), hash, [a])).toEqual([a, c, d]);
  });

  it('keep their place while they pause', () => {
    expect(wanted(standAt(view, a, { alive: (node) => node !== b }), hash, [a, c])).toEqual([a, b, c]);
  });

  it('are one more where only one copy would answer', () => {
    expect(wanted(standAt(view, a, { alive: (node) => node !== b && node !== c }), hash, [a])).toEqual([a, b, c, d]);
  });

  it('are pushed to by the best ranked holder first', () => {
    for (const [position, node] of [a, b, d].entries()) {
      expect(pushPosition(standAt(view, node), hash, [d, a, b])).toBe(position);
    }
    expect(pushPosition(standAt(view, 'departed'), hash, ['departed', d])).toBe(1);
  });
});

describe('a surplus copy', () => {
  const view = viewOf(cells(6));
  const [hash] = hashes(1) as [string];
  const order = ranked(view, TREE, hash, 6);
  const [a, , , d] = order as [string, string, string, string];

  it('is one of a cell that is not ranked, where there are more cells than copies', () => {
    expect(isSurplus(standAt(view, d), hash)).toBe(true);
    expect(isSurplus(standAt(view, a), hash)).toBe(false);
    expect(isSurplus(standAt(viewOf(cells(3)), 'departed'), hash)).toBe(false);
    // Whoever is up or down: a cell that is down for a moment has its copy still.
    expect(isSurplus(standAt(view, d, { without: new Set([a]) }), hash)).toBe(true);
  });

  it('may go once all ranked cells promised, and not before', () => {
    const ranks = order.slice(0, 3);
    expect(mayDrop(standAt(view, d), hash, new Set(ranks))).toBe(true);
    for (const node of ranks) {
      expect(mayDrop(standAt(view, d), hash, new Set(ranks.filter((other) => other !== node)))).toBe(false);
    }
    expect(mayDrop(standAt(view, a), hash, new Set(order))).toBe(false);
  });

  it('is promised for only by a ranked cell', () => {
    expect(mayPromise(standAt(view, a), hash)).toBe(true);
    expect(mayPromise(standAt(view, d), hash)).toBe(false);
  });

  it('never goes for the sake of another one that goes: as many copies as should be remain', () => {
    // Views that rank differently, learned late; promises asked for, and copies given up in any order between all that.
    const names = cells(5).map(({ node }) => node);
    const act = fc.record({ kind: fc.constantFrom('learn', 'ask', 'ask', 'drop', 'drop'), who: fc.nat(4) });
    const seeds = fc.array(fc.string(), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(seeds, fc.array(act, { minLength: 20, maxLength: 60 }), fc.nat(), (drawn, acts, salt) => {
        const hash = sha256Hex(String(salt));
        const views = drawn.map((seed) => viewOf(names.map((node) => ({ node, seed: `${seed} of ${node}` }))));
        const all = names.map((node) => ({ node, view: 0, holds: true, promised: new Set<string>() }));
        const at = (one: (typeof all)[number]): Standpoint => standAt(views[one.view] as View, one.node);
        for (const { kind, who } of acts) {
          const one = all[who] as (typeof all)[number];
          if (kind === 'learn') {
            one.view = Math.min(one.view + 1, views.length - 1);
            one.promised.clear();
          } else if (kind === 'ask') {
            const willing = all.filter((other) => other.holds && mayPromise(at(other), hash));
            one.promised = new Set(willing.map(({ node }) => node));
          } else if (mayDrop(at(one), hash, one.promised)) one.holds = false;
          if (all.filter(({ holds }) => holds).length < 3) throw new Error('too few copies are left');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a search', () => {
  it('asks every cell but this one exactly once, the likeliest first', () => {
    const view = viewOf(cells(20), 2);
    const recent = [
      view,
      viewOf(
        cells(20, (index) => ({ seed: `old ${index}` })),
        1,
      ),
    ];
    for (const hash of hashes(20)) {
      const { likely, others } = seekOrder(standAt(view, 'c3'), recent, hash);
      expect([...likely, ...others].sort()).toEqual(
        cells(20)
          .map(({ node }) => node)
          .filter((node) => node !== 'c3')
          .sort(),
      );
      const six = ranked(view, TREE, hash, 6).filter((node) => node !== 'c3');
      expect(likely.slice(0, six.length)).toEqual(six);
      for (const node of ranked(recent[1] as View, TREE, hash, 3)) if (node !== 'c3') expect(likely).toContain(node);
    }
  });

  it('goes on to cells that lost their slot, but not to revoked ones', () => {
    const before = viewOf(cells(5), 1);
    const after = viewOf(cells(4), 2);
    const hash = hashes(200).find((one) => ranked(before, TREE, one, 3).includes('c4')) as string;
    const known = { ...after, members: before.members };
    const member = before.members.c4;
    const revoked = { ...after, members: { ...before.members, c4: { ...member, revoked: true } } } as View;
    expect(seekOrder(standAt(known, 'c0'), [known, before], hash).likely).toContain('c4');
    expect(seekOrder(standAt(revoked, 'c0'), [revoked, before], hash).likely).not.toContain('c4');
  });
});

describe('a change of view', () => {
  const view = viewOf(cells(5), 1);

  it('moves nothing where slots, weights, seeds and zones are the same', () => {
    expect(samePlacement(view, viewOf(cells(5), 2), TREE)).toBe(true);
    expect(samePlacement(view, viewOf(cells(6), 2), TREE)).toBe(false);
    expect(
      samePlacement(
        view,
        viewOf(
          cells(5, (index) => (index === 2 ? { zone: 'z' } : {})),
          2,
        ),
        TREE,
      ),
    ).toBe(false);
    expect(
      samePlacement(
        view,
        viewOf(
          cells(5, (index) => (index === 2 ? { weight: 2 } : {})),
          2,
        ),
        TREE,
      ),
    ).toBe(false);
    expect(
      samePlacement(
        view,
        viewOf(
          cells(5, (index) => (index === 2 ? { seed: 's' } : {})),
          2,
        ),
        TREE,
      ),
    ).toBe(false);
    expect(samePlacement(view, view, 'elsewhere')).toBe(true);
  });

  it('makes strangers of those that lost their slot or were started again', () => {
    expect(strangers(view, viewOf(cells(5), 2), TREE)).toEqual([]);
    expect(strangers(view, viewOf(cells(4), 2), TREE)).toEqual(['c4']);
    const restarted = viewOf(
      cells(5, (index) => (index === 1 ? { incarnation: 2 } : {})),
      2,
    );
    expect(strangers(view, restarted, TREE)).toEqual(['c1']);
  });
});

describe('the count of shards', () => {
  it('sums to every shard once, whatever is live', () => {
    const view = viewOf(cells(6));
    fc.assert(
      fc.property(fc.subarray(cells(6), { minLength: 1 }), fc.string(), (drawn, salt) => {
        const live = drawn.map(({ node }) => node);
        const all = hashes(12, salt);
        const holdersOf = (hash: string): string[] => ranked(view, TREE, hash, 3);
        const counts = live.map((self) => {
          const own = all.filter((hash) => holdersOf(hash).includes(self));
          const shards = own.map((hash) => ({
            hash,
            bytes: 10,
            holders: holdersOf(hash).filter((node) => node !== self),
          }));
          return countStorage(standAt(view, self, { alive: (node) => live.includes(node) }), shards);
        });
        const there = all.filter((hash) => holdersOf(hash).some((node) => live.includes(node)));
        const short = there.filter((hash) => holdersOf(hash).filter((node) => live.includes(node)).length < 3);
        expect(counts.reduce((sum, { shards }) => sum + shards, 0)).toBe(there.length);
        expect(counts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(there.length * 10);
        expect(counts.reduce((sum, { underReplicated }) => sum + underReplicated, 0)).toBe(short.length);
      }),
    );
  });

  it('asks for as many copies as there are cells', () => {
    const [hash] = hashes(1) as [string];
    const count = (size: number): number =>
      countStorage(standAt(viewOf(cells(size)), 'c0'), [{ hash, bytes: 1, holders: [] }]).underReplicated;
    expect(count(1)).toBe(0);
    expect(count(2)).toBe(1);
  });

  it('is nothing for a cell without a slot', () => {
    const shard = { hash: sha256Hex('x'), bytes: 1, holders: [] };
    expect(countStorage(standAt(viewOf(cells(3)), 'guest'), [shard])).toEqual({
      shards: 0,
      bytes: 0,
      underReplicated: 0,
    });
  });
});
