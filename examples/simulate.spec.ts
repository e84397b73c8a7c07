import { simulate } from 'peertree/simulation';
import { expect, worldTest } from 'peertree/simulation/vitest';

const test = worldTest({ seed: 7, nodes: 12 });

test('keeps a file through the loss of two nodes and a partition', async ({ world }) => {
  const source = (async function* () {
    yield new TextEncoder().encode('still here');
  })();
  await world.run(world.node(3).files.put(source, { name: 'note.txt' }));

  world.crash(3);
  world.crash(10);
  const cut = world.partition([1, 2]);
  await world.advance(5_000);
  cut.dispose();
  await expect(world).toBecomeWhole(30_000);

  const file = await world.run(world.node(5).files.open('note.txt'));
  expect(file.bytes).toBe(10);
  await world.restart(3);
  await expect(world).toBecomeWhole(30_000);
});

test('breaks no promise under whatever faults a seed draws', async () => {
  expect(await simulate({ seed: 7, cells: 6, faultsMs: 10_000 })).toHold();
});
