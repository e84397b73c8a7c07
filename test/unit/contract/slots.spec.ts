import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ancestorSlots,
  childSlots,
  compareFence,
  observersOf,
  occupantOf,
  ownPeerGroup,
  parentSlot,
  placedNodes,
  rootPeerGroup,
  slotOf,
  treesOf,
  watchedBy,
} from '../../../src/contract/slots.ts';
import type { NodeId, TreeMap, View } from '../../../src/contract/words.ts';

const fanout = fc.integer({ min: 1, max: 64 });
const count = fc.integer({ min: 1, max: 300 });

function mapOf(nodes: readonly NodeId[], k: number, genome = 'shardTree'): TreeMap {
  const slots = nodes.map((node) => ({ node, weight: 1, seed: node }));
  return { tree: `tree-${genome}`, genome, fanout: k, version: 1, slots };
}

function viewOf(...maps: readonly TreeMap[]): View {
  const trees = Object.fromEntries(maps.map((map) => [map.tree, map]));
  const empty = { organism: 'o', generation: 1, epoch: 1, version: 1, hash: '', voters: [], config: {} };
  return { ...empty, members: {}, invitations: {}, trees, genomes: maps.map((map) => map.genome) };
}

const nodeNames = (n: number): NodeId[] => Array.from({ length: n }, (_, index) => `n${index + 1}`);
const everySlot = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('slots in heap order, at any fan-out', () => {
  it('numbers a tree of fan-out 4 as the design says', () => {
    expect(childSlots(1, 4, 100)).toEqual([2, 3, 4, 5]);
    expect(childSlots(2, 4, 100)).toEqual([6, 7, 8, 9]);
    expect([1, 2, 5, 6, 21, 22].map((slot) => parentSlot(slot, 4))).toEqual([undefined, 1, 1, 2, 5, 6]);
    expect(ancestorSlots(22, 4)).toEqual([6, 2, 1]);
  });

  it('has children that name their parent, and a parent that names its children', () => {
    fc.assert(
      fc.property(fanout, count, (k, n) => {
        const slots = everySlot(n);
        const fromAbove = slots.flatMap((slot) => childSlots(slot, k, n).map((child) => [slot, child]));
        const fromBelow = slots.slice(1).map((slot) => [parentSlot(slot, k), slot]);
        expect(fromAbove).toEqual(fromBelow);
        expect(parentSlot(1, k)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('gives every slot but the root to exactly one parent, ascending, k children at most', () => {
    fc.assert(
      fc.property(fanout, count, (k, n) => {
        const children = everySlot(n).map((slot) => childSlots(slot, k, n));
        expect(children.flat()).toEqual(everySlot(n).slice(1));
        expect(Math.max(...children.map((slots) => slots.length))).toBeLessThanOrEqual(k);
        // Left to right: no cell has a child while an earlier one has room.
        const full = children.map((slots) => slots.length === k);
        expect(children.findLastIndex((slots) => slots.length > 0)).toBeLessThanOrEqual(full.indexOf(false));
      }),
      { numRuns: 60 },
    );
  });

  it('leads from every slot up to the root, through ever lower slots', () => {
    fc.assert(
      fc.property(fanout, fc.integer({ min: 1, max: 1_000_000 }), (k, slot) => {
        const path = [slot, ...ancestorSlots(slot, k === 1 ? 2 : k)];
        expect(path.at(-1)).toBe(1);
        expect(path).toEqual([...new Set(path)].sort((a, b) => b - a));
      }),
    );
    expect(ancestorSlots(4, 1)).toEqual([3, 2, 1]);
  });

  it('has nothing beside a slot that is none', () => {
    const map = mapOf(nodeNames(9), 4);
    expect(childSlots(0, 4, 9)).toEqual([]);
    expect(watchedBy(map, 0)).toEqual([]);
    expect(ownPeerGroup(map, 0)).toEqual([]);
    expect(watchedBy(map, 10)).toEqual([]);
  });
});

describe('who knows whom', () => {
  it('finds the slot of each occupant and the occupant of each slot', () => {
    fc.assert(
      fc.property(fanout, count, (k, n) => {
        const map = mapOf(nodeNames(n), k);
        expect(everySlot(n).map((slot) => slotOf(map, occupantOf(map, slot)?.node ?? ''))).toEqual(everySlot(n));
        expect(slotOf(map, 'stranger')).toBe(0);
        expect(occupantOf(map, n + 1)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  it('lets each watch whom the others expect to be watched by it', () => {
    const trees = fc.record({ k: fanout, other: fanout, n: fc.integer({ min: 1, max: 24 }), turn: fc.nat() });
    fc.assert(
      fc.property(trees, ({ k, other, n, turn }) => {
        const nodes = nodeNames(n);
        const turned = nodes.map((_, index) => nodes[(index + turn) % n] as NodeId);
        const view = viewOf(mapOf(nodes, k), mapOf(turned, other, 'ftreeFileMgr'));
        const watched = (node: NodeId): NodeId[] =>
          treesOf(view, node).flatMap(({ map, slot }) => watchedBy(map, slot));
        for (const node of nodes) {
          const observers = observersOf(view, node);
          expect(observers).not.toContain(node);
          expect([...observers].sort()).toEqual(nodes.filter((peer) => watched(peer).includes(node)).sort());
        }
      }),
      { numRuns: 30 },
    );
  });

  it('watches parent, children and both neighbours of the ring, nobody twice', () => {
    const map = mapOf(nodeNames(9), 2);
    expect(watchedBy(map, 3)).toEqual(['n1', 'n6', 'n7', 'n2', 'n4']);
    expect(watchedBy(map, 1)).toEqual(['n2', 'n3', 'n9']);
    expect(watchedBy(map, 9)).toEqual(['n4', 'n8', 'n1']);
    expect(watchedBy(mapOf(['n1', 'n2'], 4), 1)).toEqual(['n2']);
    expect(watchedBy(mapOf(['n1'], 4), 1)).toEqual([]);
  });

  it('counts parent, siblings and children to the own peer group, five to the root peer group', () => {
    const map = mapOf(nodeNames(12), 3);
    expect(ownPeerGroup(map, 3)).toEqual(['n1', 'n2', 'n4', 'n8', 'n9', 'n10']);
    expect(ownPeerGroup(map, 1)).toEqual(['n2', 'n3', 'n4']);
    expect(rootPeerGroup(map)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    expect(rootPeerGroup(mapOf(['n1', 'n2'], 4))).toEqual(['n1', 'n2']);
  });

  it('lists the trees of a node in the order in which genomes were installed', () => {
    const files = mapOf(['b', 'a'], 4, 'ftreeFileMgr');
    const shards = mapOf(['a'], 4, 'shardTree');
    const view = { ...viewOf(files, shards), genomes: ['shardTree', 'ftreeFileMgr'] };
    expect(treesOf(view, 'a').map(({ map, slot }) => [map.genome, slot])).toEqual([
      ['shardTree', 1],
      ['ftreeFileMgr', 2],
    ]);
    expect(treesOf(view, 'b').map(({ map }) => map.genome)).toEqual(['ftreeFileMgr']);
    expect(placedNodes(view)).toEqual(new Set(['a', 'b']));
  });

  it('orders views by generation, then by version', () => {
    expect(compareFence({ generation: 2, version: 1 }, { generation: 1, version: 9 })).toBeGreaterThan(0);
    expect(compareFence({ generation: 1, version: 8 }, { generation: 1, version: 9 })).toBeLessThan(0);
    expect(compareFence({ generation: 1, version: 9 }, { generation: 1, version: 9 })).toBe(0);
  });
});
