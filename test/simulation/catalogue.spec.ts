import { describe, expect, it } from 'vitest';
import { loadGenome } from '../../src/actors/genome.ts';
import type { CatalogueEvent, CatalogueService } from '../../src/contract/catalogue.ts';
import type { Json, JsonObject } from '../../src/contract/words.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const example = (name: string) =>
  loadGenome(new URL(`../../examples/genomes/${name}.genome.yaml`, import.meta.url).pathname);

async function grown(name: string, nodes: number, seed = 11): Promise<World> {
  const world = await World.grow({ seed, nodes, genomes: [await example(name)] });
  await world.advance(3_000);
  return world;
}

/** Everybody's calendar moves on at once, which costs less than to live through it. */
async function leap(world: World, ms: number): Promise<void> {
  for (const { index } of world.running) world.jump(index, ms);
  await world.advance(5_000);
}

function catalogue(world: World, index: number): CatalogueService {
  const service = world.node(index).cells[0]?.catalogue;
  if (service === undefined) throw new Error(`node ${index} has no catalogue`);
  return service;
}

function ask(
  world: World,
  index: number,
  to: string,
  body: JsonObject,
  more: { caller?: string; once?: string } = {},
): Promise<Json> {
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
    await expect(ask(world, 0, 'tickets.open', { id: 't1', title: 'Another' })).rejects.toMatchObject({
      code: 'already-exists',
    });
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
      expect(await ask(world, 1, 'tickets.vote', { id: `t${number}`, by: 1 }, { caller: 'anna' })).toEqual({
        votes: 1,
      });
    world.crash(4);
    await world.advance(10_000);
    await ask(world, 2, 'tickets.take', { id: 't1' }, { caller: 'anna' });
    const handler = async () =>
      (await ask(world, 1, 'tickets.show', { id: 't1' })) as { state: string; handler: string };
    expect(await handler()).toMatchObject({ state: 'worked', handler: 'anna' });
  });
});

describe('timers', () => {
  it('fire once though the cell of their entity dies before', async () => {
    const world = await grown('sensor-grid', 5);
    const sample = (index: number, sensor: string, value: number) =>
      ask(world, index, 'sensors.sample', { sensor, zone: 'north-a', value });
    for (let number = 0; number < 6; number++) await sample(number % 5, `s${number}`, number);
    world.crash(4);
    await world.advance(30_000);
    const zone = (await ask(world, 1, 'zones.show', { zone: 'north-a' })) as { total: JsonObject };
    expect(zone.total).toEqual({ count: 6, sum: 15, low: 0, high: 5 });
    const alarms: CatalogueEvent[] = [];
    catalogue(world, 0).watch('alarms', '', (event) => alarms.push(event));
    await world.advance(60_000);
    expect(alarms.map(({ body }) => body?.sensor).sort()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5']);
    const region = (await ask(world, 2, 'grid.show', { region: 'north' })) as { mean: number };
    expect(region.mean).toBe(2.5);
  });

  it('of a schedule come at their times, once in the whole organism', async () => {
    const world = await grown('sensor-grid', 3);
    await ask(world, 0, 'sensors.sample', { sensor: 's', zone: 'north-a', value: 4 });
    await world.advance(30_000);
    await leap(world, 86_400_000);
    const region = (await ask(world, 1, 'grid.show', { region: 'north' })) as { days: number[] };
    expect(region.days).toEqual([4]);
  });
});

describe('a queue', () => {
  it('hands jobs out in their order, again after a lease, and puts them aside in the end', async () => {
    const world = await grown('job-queue', 4);
    const put = (number: number) => ask(world, number % 4, 'jobs.put', { batch: 'b', number, url: `u${number}` });
    const take = (index: number) =>
      ask(world, index, 'jobs.take', {}) as Promise<{ id: string; number: number; attempt: number }>;
    for (const number of [1, 2, 3]) await put(number);
    const [first, second] = [await take(0), await take(1)];
    expect([first.number, second.number]).toEqual([1, 2]);
    expect(await ask(world, 2, 'jobs.done', { id: first.id })).toEqual({});
    await expect(ask(world, 3, 'jobs.done', { id: first.id })).rejects.toMatchObject({ code: 'not-found' });
    await ask(world, 3, 'jobs.fail', { id: second.id });
    expect(await take(1)).toMatchObject({ number: 2, attempt: 2 });
    // Nobody says anything of it: its lease of two minutes runs out.
    await world.advance(125_000);
    expect(await take(0)).toMatchObject({ number: 2, attempt: 3 });
    await ask(world, 0, 'jobs.fail', { id: second.id });
    const dead = (await ask(world, 1, 'jobs.dead', {})) as { items: JsonObject[] };
    expect(dead.items).toMatchObject([{ id: second.id, number: 2, attempt: 3 }]);
    await ask(world, 2, 'jobs.replay', { id: second.id });
    expect(await take(2)).toMatchObject({ number: 2, attempt: 1 });
    expect(await take(2)).toMatchObject({ number: 3, attempt: 1 });
    await expect(take(2)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is filled by calls of an entity, each job once, though cells die meanwhile', async () => {
    const world = await grown('job-queue', 5);
    await ask(world, 0, 'batches.start', { id: 'b1', url: 'u', jobs: 12 });
    await world.advance(700);
    world.crash(4);
    await world.advance(400);
    world.crash(3);
    await world.advance(20_000);
    expect(await ask(world, 0, 'batches.progress', { id: 'b1' })).toMatchObject({ state: 'working', total: 12 });
    const numbers: number[] = [];
    for (let count = 0; count < 12; count++) {
      const { number } = (await ask(world, count % 3, 'jobs.take', {})) as { number: number };
      numbers.push(number);
    }
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    await expect(ask(world, 0, 'jobs.take', {})).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('records', () => {
  it('are written by compare-and-set, listed, watched, and forgotten after their time', async () => {
    const world = await grown('chat-room', 3);
    const seen: CatalogueEvent[] = [];
    const end = catalogue(world, 2).watch('history', 'r1/', (event) => seen.push(event));
    const put = (index: number, key: string, line: string, expected = -1) =>
      ask(world, index, 'history.put', { key, expected, room: 'r1', author: 'anna', line }) as Promise<{
        version: number;
      }>;
    const { version } = await put(0, 'r1/1', 'hello', 0);
    await expect(put(1, 'r1/1', 'again', 0)).rejects.toMatchObject({ code: 'conflict' });
    const second = await put(1, 'r1/1', 'changed', version);
    expect(second.version).toBeGreaterThan(version);
    await put(2, 'r1/2', 'there');
    await put(0, 'r2/1', 'elsewhere');
    const record = { key: 'r1/1', version: second.version, room: 'r1', author: 'anna', line: 'changed' };
    for (const index of [0, 1, 2]) expect(await ask(world, index, 'history.get', { key: 'r1/1' })).toEqual(record);
    const page = (await ask(world, 1, 'history.list', { prefix: 'r1/', limit: 1 })) as {
      items: JsonObject[];
      next: string;
    };
    expect(page).toMatchObject({ items: [record], next: 'r1/1' });
    const rest = await ask(world, 1, 'history.list', { prefix: 'r1/', after: page.next });
    expect(rest).toMatchObject({ items: [{ key: 'r1/2' }], next: null });
    await ask(world, 0, 'history.remove', { key: 'r1/2' });
    await world.advance(2_000);
    expect(seen.map(({ key, body }) => [key, body?.line ?? null])).toEqual([
      ['r1/1', 'hello'],
      ['r1/1', 'changed'],
      ['r1/2', 'there'],
      ['r1/2', null],
    ]);
    end();
    await leap(world, 30 * 86_400_000);
    await expect(ask(world, 0, 'history.get', { key: 'r1/1' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('of a request with a name are written once, and it gets the same answer again', async () => {
    const world = await grown('job-queue', 3);
    const put = (number: number, once: string) =>
      ask(world, number % 3, 'jobs.put', { batch: 'b', number: 1, url: 'u' }, { once });
    const { id } = (await put(0, 'k1')) as { id: string };
    expect(await put(1, 'k1')).toEqual({ id });
    expect(await put(2, 'k2')).not.toEqual({ id });
    const other = ask(world, 0, 'jobs.put', { batch: 'b', number: 2, url: 'u' }, { once: 'k1' });
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
  });
});
