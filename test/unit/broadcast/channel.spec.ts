import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { inOrder, UNORDERED } from '../../../src/contract/ordering.ts';
import type { Kept } from '../../../src/organs/broadcast/archive.ts';
import {
  adopted,
  type Channel,
  channelAt,
  fill,
  lacks,
  list,
  missingIn,
  recalledOf,
  skip,
  turn,
} from '../../../src/organs/broadcast/channel.ts';
import type { Told } from '../../../src/organs/broadcast/messages.ts';
import { nodeName, treeName } from '../../stage/organism.ts';

const TREE = treeName('shardTree');

/** The nth ordered message of an author. */
function keptOf(author: number, number: number, { bornAt = 0, bytes = 100, late = true } = {}): Kept {
  const message: Told = {
    id: String(number),
    tree: TREE,
    kind: 'broadcast.ordered',
    body: { topic: 'test', body: `${author}/${number}`, late },
    author: { node: nodeName(author), incarnation: 1, signature: '', expiresAt: 0 },
  };
  return { message, bytes, bornAt, towards: null };
}

const hashOf = ({ message }: Kept): string => sha256Hex(String(message.body.body));
const nothing = (): undefined => undefined;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Delivers what has its turn. */
function turned(channel: Channel): { readonly channel: Channel; readonly told: unknown[] } {
  const { channel: after, ready } = turn(channel);
  return { channel: after, told: ready.map(({ kept, place }) => [place, kept.message.body.body]) };
}

describe('an order', () => {
  it('is delivered place by place, in whatever order places and messages come', () => {
    const plan = fc
      .integer({ min: 1, max: 30 })
      .chain((count) =>
        fc.tuple(
          fc.shuffledSubarray(range(count), { minLength: count }),
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: count }),
          fc.infiniteStream(fc.boolean()),
        ),
      );
    fc.assert(
      fc.property(plan, ([arrivals, batches, coins]) => {
        const all = range(arrivals.length).map((number) => keptOf(1, number));
        const come = new Map<string, Kept>();
        let channel = channelAt(UNORDERED);
        let placed = 0;
        const told: unknown[] = [];
        const step = (next: Channel): void => {
          const after = turned(next);
          channel = after.channel;
          told.push(...after.told);
        };
        for (const arrival of arrivals) {
          const kept = all[arrival - 1] as Kept;
          come.set(hashOf(kept), kept);
          step(fill(channel, hashOf(kept), kept));
          const batch = coins.next().value ? (batches.shift() ?? 1) : 0;
          const hashes = all.slice(placed, placed + batch).map(hashOf);
          placed += hashes.length;
          if (hashes.length > 0) step(list(channel, hashes, (hash) => come.get(hash), 0));
        }
        step(list(channel, all.slice(placed).map(hashOf), (hash) => come.get(hash), 0));
        expect(told).toEqual(all.map(({ message }, index) => [index + 1, message.body.body]));
        expect(missingIn(channel, 100)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('passes what came by a detour: the same again, and what its author said before', () => {
    const [one, two, three] = range(3).map((number) => keptOf(1, number)) as [Kept, Kept, Kept];
    const bodies = new Map([one, two, three].map((kept) => [hashOf(kept), kept]));
    const places = [two, two, one, three, one].map(hashOf);
    const { channel, told } = turned(list(channelAt(UNORDERED), places, (hash) => bodies.get(hash), 0));
    expect(told).toEqual([
      [1, '1/2'],
      [4, '1/3'],
    ]);
    expect(channel.delivered).toBe(5);
    expect(lacks(channel, hashOf(one), one.message)).toBe(false);
  });

  it('waits for what is missing until it is given up', () => {
    const all = range(3).map((number) => keptOf(number, 1));
    const bodies = new Map(all.slice(1).map((kept) => [hashOf(kept), kept]));
    const waiting = turned(list(channelAt(UNORDERED), all.map(hashOf), (hash) => bodies.get(hash), 0));
    expect(waiting.told).toEqual([]);
    expect(missingIn(waiting.channel, 10)).toEqual([hashOf(all[0] as Kept)]);
    expect(turned(skip(waiting.channel)).told).toEqual([
      [2, '2/1'],
      [3, '3/1'],
    ]);
  });
});

describe('what is retained of an order', () => {
  const grown = (count: number, options = {}): Channel => {
    const all = range(count).map((number) => keptOf(1, number, options));
    let channel = channelAt(UNORDERED);
    for (const kept of all) channel = turn(list(channel, [hashOf(kept)], () => kept, 0)).channel;
    return channel;
  };

  it('is as many messages as the limit says, and not one more', () => {
    expect(grown(LIMITS.broadcastRetained).listed).toHaveLength(LIMITS.broadcastRetained);
    const beyond = grown(LIMITS.broadcastRetained + 1);
    expect(beyond.listed).toHaveLength(LIMITS.broadcastRetained);
    expect(beyond.base.count).toBe(1);
    expect(beyond.places.size).toBe(LIMITS.broadcastRetained);
  });

  it('is as many bytes as the limit says, and nothing that is too old', () => {
    const bytes = LIMITS.broadcastRetainedBytes / 4;
    expect(grown(4, { bytes }).listed).toHaveLength(4);
    expect(grown(6, { bytes }).listed.length).toBeLessThanOrEqual(5);
    const old = grown(3);
    const now = LIMITS.broadcastExpiryMs + 1;
    const fresh = keptOf(1, 4, { bornAt: now });
    expect(list(old, [hashOf(fresh)], () => fresh, now).listed).toHaveLength(1);
  });

  it('gives up what nobody could deliver in so many places', () => {
    const hashes = range(LIMITS.broadcastRetained + 1).map((number) => hashOf(keptOf(1, number)));
    const stuck = list(channelAt(UNORDERED), hashes, nothing, 0);
    expect(stuck.listed).toHaveLength(LIMITS.broadcastRetained);
    expect(stuck.delivered).toBe(1);
  });
});

describe('what a neighbour recalls', () => {
  it('is believed only as far as it leads to where the log is', () => {
    const all = range(20).map((number) => keptOf(1 + (number % 3), number));
    const hashes = all.map(hashOf);
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(19), (known, goal, tampered) => {
        const before = inOrder(UNORDERED, hashes.slice(0, Math.min(known, goal)));
        const rest = hashes.slice(before.count);
        const target = inOrder(UNORDERED, hashes.slice(0, goal));
        const adopt = (list: readonly string[]) => adopted({ ...before, marks: [], hashes: list }, target, null);
        expect(adopt(rest)?.end).toEqual(target);
        const used = goal - before.count;
        if (used === 0) return;
        expect(adopt(rest.with(tampered % used, sha256Hex('lie')))).toBeUndefined();
        expect(adopt(rest.slice(0, used - 1))).toBeUndefined();
        expect(adopt(rest.slice(1))).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('lets a newcomer deliver what is retained, and void what was void for the others', () => {
    const [one, two] = [keptOf(1, 1), keptOf(1, 2)];
    const bodies = new Map([one, two].map((kept) => [hashOf(kept), kept]));
    const places = [two, one].map(hashOf);
    const old = turned(list(channelAt(UNORDERED), places, (hash) => bodies.get(hash), 0)).channel;
    const fresh = adopted(recalledOf(old), old.end, null);
    if (fresh === undefined) throw new Error('the recollection was to be believed');
    const filled = [one, two].reduce((channel, kept) => fill(channel, hashOf(kept), kept), fresh);
    expect(turned(filled).told).toEqual([[1, '1/2']]);
  });

  it('adds to what is known: nothing is delivered again, and no message is asked for that is here', () => {
    const all = range(6).map((number) => keptOf(1, number));
    const bodies = new Map(all.map((kept) => [hashOf(kept), kept]));
    const here = turned(list(channelAt(UNORDERED), all.slice(0, 3).map(hashOf), (hash) => bodies.get(hash), 0)).channel;
    const there = turned(list(here, all.slice(3).map(hashOf), (hash) => bodies.get(hash), 0)).channel;
    const after = adopted(recalledOf(there), there.end, here);
    if (after === undefined) throw new Error('the recollection was to be believed');
    expect(missingIn(after, 10)).toEqual(all.slice(3).map(hashOf));
    const filled = all.slice(3).reduce((channel, kept) => fill(channel, hashOf(kept), kept), after);
    expect(turned(filled).told.map((one) => (one as [number, unknown])[0])).toEqual([4, 5, 6]);
  });
});
