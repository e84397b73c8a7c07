import { expect, it } from 'vitest';
import { World } from '../../src/runtime/simulation/world.ts';

it('every survivor logs who joined, who was replaced and why, and who leads, once each and from its own time on', async () => {
  const world = await World.grow({ seed: 11, nodes: 5 });
  const ids = world.nodes.map(({ id }) => id);
  const survivors = [0, 1, 2, 3];
  world.crash(4);
  await world.untilWhole(30_000);
  for (const index of survivors) {
    const of = (event: string) =>
      world
        .at(index)
        .log.lines.filter((line) => line.event === event)
        .map(({ fields }) => fields);
    const joined = of('organism.joined').map(({ node }) => node);
    // Who is let in together with this node is no news to it.
    if (index === 0) expect(joined.toSorted()).toEqual(ids.slice(1).toSorted());
    expect([new Set(joined).size, joined.includes(ids[index])]).toEqual([joined.length, false]);
    expect(of('organism.replaced')).toEqual([expect.objectContaining({ nodes: [ids[4]], reason: 'dead' })]);
  }
});
