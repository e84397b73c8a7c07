import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeId, TreeMap } from '../../../src/contract/words.ts';
import { targetsBelow, targetsOf, type Wave } from '../../../src/organs/broadcast/wave.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';

const NAMES = Array.from({ length: 120 }, (_, index) => nodeName(index + 1));

function mapOf(count: number, fanout: number): TreeMap {
  return makeView(NAMES.slice(0, count), { fanout }).trees[treeName('shardTree')] as TreeMap;
}

/** Who gets a message how often, and in how many hops, when everybody does what its wave says. */
function flood(map: TreeMap, start: NodeId, wave: Wave, isAlive: (node: NodeId) => boolean, width: number) {
  const came = new Map<NodeId, number>();
  let hops = 0;
  let level: { readonly node: NodeId; readonly wave: Wave }[] = [{ node: start, wave }];
  for (; level.length > 0; hops++) {
    for (const { node } of level) came.set(node, (came.get(node) ?? 0) + 1);
    level = level.flatMap((one) => targetsOf(map, one.wave, one.node, isAlive, width));
  }
  return { came, hops: hops - 1 };
}

const trees = fc.record({
  count: fc.integer({ min: 1, max: 120 }),
  fanout: fc.integer({ min: 1, max: 8 }),
  width: fc.constantFrom(0, 4, 32, 200),
});

describe('a wave', () => {
  it('reaches every live cell once from the root, however wide it is and whoever is dead', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.integer({ min: 0, max: 9 })), ({ count, fanout, width }, dice) => {
        const map = mapOf(count, fanout);
        const dead = new Set(NAMES.slice(1, count).filter(() => dice.next().value === 0));
        const isAlive = (node: NodeId): boolean => !dead.has(node);
        const { came } = flood(map, NAMES[0] as NodeId, 'below', isAlive, width);
        const live = NAMES.slice(0, count).filter(isAlive);
        expect([...came.keys()].sort()).toEqual([...live].sort());
        expect([...came.values()].every((times) => times === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('has fewer hops the wider it is, and serves no more cells at once than that', () => {
    const map = mapOf(120, 4);
    const alive = (): boolean => true;
    const root = NAMES[0] as NodeId;
    const hops = [0, 20, 32, 119].map((width) => flood(map, root, 'below', alive, width).hops);
    expect(hops).toEqual([4, 2, 2, 1]);
    expect(targetsOf(map, 'below', root, alive, 19)).toHaveLength(4);
    expect(targetsOf(map, 'below', root, alive, 20)).toHaveLength(20);
    expect(targetsOf(map, 'below', root, alive, 32)).toHaveLength(20);
  });

  it('starts above the root in the place of a root that may be alive', () => {
    const map = mapOf(30, 4);
    const [root, second] = NAMES as [NodeId, NodeId];
    const targets = targetsOf(map, 'all', second, () => true, 32).map(({ node }) => node);
    expect(targets).toContain(root);
    expect(targets).toEqual(expect.arrayContaining(NAMES.slice(5, 9)));
    const withoutRoot = targetsOf(map, 'all', second, (node) => node !== root, 32).map(({ node }) => node);
    expect(withoutRoot).toEqual(expect.arrayContaining(NAMES.slice(2, 5)));
    expect(withoutRoot).not.toContain(second);
  });

  it('ends at who serves nobody, and at who has no slot', () => {
    const map = mapOf(10, 2);
    expect(targetsOf(map, 'self', NAMES[0] as NodeId, () => true, 32)).toEqual([]);
    expect(targetsOf(map, 'below', nodeName(999), () => true, 32)).toEqual([]);
    expect(targetsBelow(map, nodeName(999), NAMES[0] as NodeId, () => true)).toEqual([]);
  });

  it('goes past a silent cell to the live ones below it', () => {
    const map = mapOf(15, 2);
    const dead = new Set([NAMES[1], NAMES[3]]);
    const targets = targetsBelow(map, NAMES[1] as NodeId, NAMES[0] as NodeId, (node) => !dead.has(node));
    expect(targets.map(({ node }) => NAMES.indexOf(node) + 1)).toEqual([5, 8, 9]);
  });
});
