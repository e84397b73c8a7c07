import { describe, expect, it } from 'vitest';
import { loadGenome } from '../../src/actors/genome.ts';
import type { CatalogueEvent, CatalogueService } from '../../src/contract/catalogue.ts';
import type { Json, JsonObject } from '../../src/contract/words.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const example = (name: string) => loadGenome(new URL(`../../examples/genomes/${name}.genome.yaml`, import.meta.url).pathname);

async function grown(name: string, nodes: number, seed = 11): Promise<World> {
  const world = await World.grow({ seed, nodes, genomes: [await example(name)] });
  await world.advance(3_000);
  return world;
}

function catalogue(world: World, index: number): CatalogueService {
  const service = world.node(index).cells[0]?.catalogue;
  if (service === undefined) throw new Error(`node ${index} has no catalogue`);
  return service;
}

function ask(world: World, index: number, to: string, body: JsonObject, more: { caller?: string; once?: string } = {}): Promise<Json> {
  const [organ = '', verb = ''] = to.split('.');
  return world.run(catalogue(world, index).ask({ organ, verb, body, ...more }));
}

describe('an entity', () => {
  it('is one for all cells, steps by its chart, and tells what it emits', async () => {
    const world = await grown('ticket-desk', 4);
    const heard: CatalogueEvent[] = [];
    catalogue(world, 3).watch('news', '', (event) => heard.push(event));
    expect(await ask(world, 0, 'tickets.open', { id: 't1', title: 'A leak' })).toEqual({ id: 't1' });
    expect(await ask(world, 1, 'tickets.vote', { id: 't1', by: 2 }, { caller: 'anna' })).toEqual({ votes: 2 });
    await expect(ask(world, 2, 'tickets.vote', { id: 't1', by: 1 }, { caller: 'anna' })).rejects.toThrow(/refused/);
    expect(await ask(world, 2, 'tickets.vote', { id: 't1', by: 1 }, { caller: 'ben' })).toEqual({ votes: 3 });
    await expect(ask(world, 0, 'tickets.open', { id: 't1', title: 'Another' })).rejects.toMatchObject({ code: 'already-exists' });
    const shown = { state: 'open', title: 'A leak', votes: 3, handler: '' };
    for (const index of [0, 1, 2, 3]) expect(await ask(world, index, 'tickets.show', { id: 't1' })).toEqual(shown);
    await world.advance(2_000);
    expect(heard.map(({ body }) => body)).toEqual([{ ticket: 't1', title: 'A leak', state: 'open' }]);
  });

  it('goes on at another cell when its cell dies, and its timers with it', async () => {
    const world = await grown('ticket-desk', 5);
    for (let number = 0; number < 8; number++)
      await ask(world, 0, 'tickets.open', { id: `t${number}`, title: `Number ${number}` });
    world.crash(3);
    for (let number = 0; number < 8; number++)
      expect(await ask(world, 1, 'tickets.vote', { id: `t${number}`, by: 1 }, { caller: 'anna' })).toEqual({ votes: 1 });
    world.crash(4);
    await world.advance(10_000);
    await ask(world, 2, 'tickets.take', { id: 't1' }, { caller: 'anna' });
    const handler = async () => (await ask(world, 1, 'tickets.show', { id: 't1' })) as { state: string; handler: string };
    expect(await handler()).toMatchObject({ state: 'worked', handler: 'anna' });
  });
});
