import { describe, expect, it } from 'vitest';
import { Reach } from '../../../src/runtime/simulation/reach.ts';

/** Five nodes, of which the first three vote, with links that a test cuts. */
function stage(leaving: readonly string[] = []) {
  const nodes = [0, 1, 2, 3, 4].map((index) => ({ index, id: `n${index}`, running: true }));
  const cuts = new Set<string>();
  const reach = new Reach(
    () => nodes,
    (from, to) => !cuts.has(`${from}>${to}`),
  );
  const cut = (from: number, to: number): void => void cuts.add(`n${from}>n${to}`).add(`n${to}>n${from}`);
  const cutOff = (at: number) => {
    reach.update({ voters: ['n0', 'n1', 'n2'], leaving }, at);
    return nodes.map(({ index }) => reach.cutOffSince(index));
  };
  return { nodes, cuts, cut, cutOff };
}

describe('reach', () => {
  it('leaves nobody out where all links are good', () => {
    expect(stage().cutOff(1)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('says since when a fragment has had no majority', () => {
    const { cut, cutOff, cuts } = stage();
    for (const far of [0, 3]) for (const near of [1, 2, 4]) cut(far, near);
    expect(cutOff(10)).toEqual([10, undefined, undefined, 10, undefined]);
    expect(cutOff(20)).toEqual([10, undefined, undefined, 10, undefined]);
    cuts.clear();
    expect(cutOff(30)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('counts ways by way of others, and links of one direction', () => {
    const { cut, cutOff, cuts } = stage();
    for (const one of [0, 1, 2, 3]) for (const other of [1, 2, 3, 4]) if (one < other) cut(one, other);
    // 0 - 4 - 1 - 3 - 2 is what is left, some of it one way.
    for (const way of ['n0>n4', 'n4>n1', 'n1>n4', 'n3>n1', 'n2>n3']) cuts.delete(way);
    expect(cutOff(5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('asks for a majority of those who leave as well, while both count', () => {
    const { cut, cutOff } = stage(['n3', 'n4']);
    for (const near of [0, 1, 2, 3]) cut(near, 4);
    expect(cutOff(3)).toEqual([3, 3, 3, 3, 3]);
  });

  it('counts processes that do not run for nothing', () => {
    const { nodes, cutOff } = stage();
    for (const voter of [1, 2]) (nodes[voter] as { running: boolean }).running = false;
    expect(cutOff(7)).toEqual([7, undefined, undefined, 7, 7]);
  });
});
