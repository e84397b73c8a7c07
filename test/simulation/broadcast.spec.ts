import { describe, expect, it } from 'vitest';
import { measureBroadcasts } from '../../bench/broadcast.ts';
import type { HeardMessage } from '../../src/contract/broadcast.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { World } from '../../src/runtime/simulation/world.ts';

const WHOLE_MS = 30_000;

function listen(world: World, index: number): HeardMessage[] {
  const heard: HeardMessage[] = [];
  world.node(index).messages$.subscribe((message) => heard.push(message));
  return heard;
}

const bodies = (heard: readonly HeardMessage[]): unknown[] => heard.map(({ body }) => body);

describe('what is told to all, with real organs and frames', () => {
  it('arrives in one order at cells that stay, die and come back, at 5 % loss', async () => {
    const world = await World.grow({ seed: 21, nodes: 9 });
    world.lose(0.05);
    const ears = [0, 1, 4, 8].map((index) => listen(world, index));
    const places: Promise<unknown>[] = [];
    for (let round = 0; round < 12; round++) {
      for (const index of [0, 3, 8]) {
        const told = world.node(index).broadcast('bids', `${round}/${index}`, { order: 'total', deadlineMs: 10_000 });
        places.push(told.catch((error: unknown) => error));
      }
      if (round === 4) world.crash(6);
      if (round === 8) await world.restart(6);
      await world.advance(400);
    }
    world.lose(0);
    await world.run(Promise.all(places));
    await world.untilWhole(WHOLE_MS);
    await world.advance(20_000);
    const [first = []] = ears;
    expect(first.length).toBeGreaterThanOrEqual(30);
    expect(first.map(({ number }) => number)).toEqual(first.map((_, index) => index + 1));
    for (const heard of [...ears, listen(world, 6)]) expect(heard).toEqual(first);
  });

  it('is refused in a fragment without authority where it needs an order, and goes on without one', async () => {
    const world = await World.grow({ seed: 22, nodes: 7 });
    world.partition([4, 5, 6]);
    await world.advance(15_000);
    const heard = listen(world, 5);
    const refused = world.run(world.node(4).broadcast('news', 'ordered', { order: 'total' }));
    await expect(refused).rejects.toMatchObject({ code: 'no-authority' });
    await world.run(world.node(4).broadcast('news', 'among us'));
    await world.advance(2_000);
    expect(bodies(heard)).toEqual(['among us']);
    world.repair();
    await world.untilWhole(WHOLE_MS);
    await world.run(world.node(5).broadcast('news', 'again', { order: 'total' }));
    await world.advance(20_000);
    for (let index = 0; index < 7; index++) expect(bodies(listen(world, index)).sort()).toEqual(['again', 'among us']);
  });

  it('is counted, and refused where it can’t be told', async () => {
    const world = await World.grow({ seed: 23, nodes: 6 });
    const tell = (topic: string, body: string, genome?: string) =>
      world.run(world.node(2).broadcast(topic, body, genome === undefined ? {} : { genome }));
    expect(await tell('news', 'counted', 'ftreeFileMgr')).toEqual({ number: 1, confirmed: 6, cells: 6 });
    await expect(tell('', 'x')).rejects.toMatchObject({ code: 'malformed' });
    await expect(tell('t'.repeat(LIMITS.messageKindMax + 1), 'x')).rejects.toMatchObject({ code: 'malformed' });
    await expect(tell('organism.halt', 'x')).rejects.toMatchObject({ code: 'malformed' });
    await expect(tell('news', 'x', 'nobody')).rejects.toMatchObject({ code: 'no-actor' });
    expect(await tell('news', 'x'.repeat(LIMITS.broadcastBytesMax - 2))).toMatchObject({ confirmed: 6 });
    await expect(tell('news', 'x'.repeat(LIMITS.broadcastBytesMax - 1))).rejects.toMatchObject({ code: 'too-large' });
    const abort = new AbortController();
    const cancelled = world.node(2).broadcast('news', 'never mind', { signal: abort.signal });
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('costs 25 cells over links of 100 ms fewer than 20 frames and answers a broadcast, at 50 a second', async () => {
    const { sends, latencies } = await measureBroadcasts(120);
    const sorted = latencies.toSorted((a, b) => a - b);
    expect(sends).toBeLessThan(20);
    expect(sorted[60]).toBeLessThan(400);
    expect(sorted.at(-1)).toBeLessThan(600);
  });
});
