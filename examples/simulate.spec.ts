import { World } from 'peertree/simulation';
import { expect, it } from 'vitest';

it('keeps a file through the loss of three of fifty nodes', async () => {
  const world = await World.grow({ seed: 7, nodes: 50 });
  const bytes = new TextEncoder().encode('still here');
  const source = (async function* () {
    yield bytes;
  })();
  await world.run(world.node(3).files.put(source, { name: 'note.txt' }));

  for (const index of [3, 12, 20]) world.crash(index);
  await world.untilWhole(30_000);

  const file = await world.run(world.node(44).files.open('note.txt'));
  expect(file.bytes).toBe(bytes.length);
  await world.restart(12);
  await world.untilWhole(30_000);
  expect(world.node(12).ready()).toBe(true);
});
