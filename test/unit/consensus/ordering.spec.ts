import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { inOrder, UNORDERED } from '../../../src/contract/ordering.ts';
import { slotOf } from '../../../src/contract/slots.ts';
import { isEntry } from '../../../src/organs/consensus/soundness.ts';
import { Logbook, nodeOf } from './logbook.ts';

const hashes = (count: number): string[] => Array.from({ length: count }, (_, index) => sha256Hex(`message ${index}`));

describe('ORDER', () => {
  it('gives places in the order of the log, tree by tree, however the messages are batched', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 5 }))), (batches) => {
        const log = new Logbook();
        const trees = Object.keys(log.view.trees);
        const placed = trees.map((): string[] => []);
        for (const [which, count] of batches) {
          const next = hashes(100).slice(0, count);
          log.propose({ type: 'order', tree: trees[which] as string, hashes: next });
          placed[which]?.push(...next);
        }
        for (const [which, tree] of trees.entries()) {
          const expected = inOrder(UNORDERED, placed[which] ?? []);
          expect(log.view.ordered?.[tree] ?? UNORDERED).toEqual(expected);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('leaves the slots as they are, so that nobody takes it for a change of the tree', () => {
    const log = new Logbook();
    const { trees, members } = log.view;
    log.propose({ type: 'order', tree: log.tree(), hashes: hashes(2) });
    expect(log.view.trees).toBe(trees);
    expect(log.view.members).toBe(members);
  });

  it('places up to the limit of messages at once, and not one more, and none in a tree that there is not', () => {
    const log = new Logbook();
    const order = (count: number, tree = log.tree()) => log.plan({ type: 'order', tree, hashes: hashes(count) });
    expect(order(LIMITS.orderBatchMax)).toMatchObject({ plan: 'append' });
    expect(order(LIMITS.orderBatchMax + 1)).toMatchObject({ plan: 'refuse', code: 'malformed' });
    expect(order(0)).toMatchObject({ plan: 'refuse', code: 'malformed' });
    expect(order(1, nodeOf('no tree'))).toMatchObject({ plan: 'refuse', code: 'not-found' });
  });

  it('is an entry only with hashes', () => {
    const tree = new Logbook().tree();
    expect(isEntry({ type: 'ORDER', tree, hashes: hashes(3) })).toBe(true);
    expect(isEntry({ type: 'ORDER', tree, hashes: ['short'] })).toBe(false);
    expect(isEntry({ type: 'ORDER', tree: 'none', hashes: [] })).toBe(false);
  });

  it('is chained so that another order, or another message, does not pass for it', () => {
    const [a = '', b = '', c = ''] = hashes(3);
    const { chain } = inOrder(UNORDERED, [a, b]);
    expect(inOrder(inOrder(UNORDERED, [a]), [b]).chain).toBe(chain);
    for (const other of [[b, a], [a], [a, c], [a, b, c]]) expect(inOrder(UNORDERED, other).chain).not.toBe(chain);
  });
});

describe('a cell that gives up its slot', () => {
  const grown = (): Logbook => {
    const log = new Logbook();
    log.join('a', 'b', 'c');
    return log;
  };

  it('is followed by the last of its tree, while its node keeps its other cells and its membership', () => {
    const log = grown();
    const [first, second] = Object.values(log.view.trees);
    if (first === undefined || second === undefined) throw new Error('two trees were expected');
    const slot = slotOf(first, nodeOf('a'));
    log.propose({ type: 'leave', node: nodeOf('a'), trees: [first.tree] });
    const after = log.view.trees[first.tree];
    expect(after?.slots[slot - 1]?.node).toBe(nodeOf('c'));
    expect(after?.slots.map(({ node }) => node)).not.toContain(nodeOf('a'));
    expect(log.view.trees[second.tree]).toEqual(second);
    expect(log.view.members[nodeOf('a')]?.revoked).toBe(false);
  });

  it('does so at the node that commits entries, too, and for itself only', () => {
    const log = grown();
    const founder = nodeOf('founder');
    log.propose({ type: 'leave', node: founder, trees: [log.tree()] });
    expect(log.view.trees[log.tree()]?.slots.map(({ node }) => node)).not.toContain(founder);
    expect(log.view.voters).toEqual([founder]);
    const forAnother = log.plan({ type: 'leave', node: nodeOf('a'), trees: [log.tree()] }, { from: nodeOf('b') });
    expect(forAnother).toMatchObject({ plan: 'refuse', code: 'refused' });
  });

  it('changes nothing where it has no slot, or is the last of the tree', () => {
    const alone = new Logbook();
    const giveUp = (name: string) => alone.plan({ type: 'leave', node: nodeOf(name), trees: [alone.tree()] });
    expect(giveUp('founder')).toEqual({ plan: 'done' });
    expect(giveUp('a')).toEqual({ plan: 'done' });
  });
});
