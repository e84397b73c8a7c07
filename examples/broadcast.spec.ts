import { World } from 'peertree/simulation';
import { expect, it } from 'vitest';

it('tells every node the same news, those that come later too', async () => {
  const world = await World.grow({ seed: 11, nodes: 12 });
  const heard: string[] = [];
  world.node(9).messages$.subscribe(({ topic, body, number }) => heard.push(`${topic} ${number}: ${body}`));

  const receipt = await world.run(world.node(4).broadcast('news', 'the bakery is open'));
  expect(receipt).toEqual({ number: 1, confirmed: 12, cells: 12 });

  // From two nodes at once: all nodes hear these two in one order, which the organism's log decides.
  const bids = [1, 2].map((index) => world.node(index).broadcast('bids', index, { order: 'total' }));
  const places = (await world.run(Promise.all(bids))).map(({ number }) => number);
  expect(places.sort()).toEqual([1, 2]);

  const [late] = await world.add(1);
  await world.untilWhole(30_000);
  await world.advance(5_000);
  const heardLate: string[] = [];
  late?.living.messages$.subscribe(({ topic, body, number }) => heardLate.push(`${topic} ${number}: ${body}`));
  expect(heardLate.sort()).toEqual(heard.sort());
});
