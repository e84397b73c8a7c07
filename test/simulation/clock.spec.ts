import { describe, expect, it } from 'vitest';
import { World } from '../../src/runtime/simulation/world.ts';

const HOUR_MS = 3_600_000;
/** Long enough that suspicion would have run its whole course several times. */
const A_WHILE_MS = 30_000;
/** The youngest cell may be placed before it has heard the leader's first beat. */
const FIRST_BEAT_MS = 5_000;

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function readAt(world: World, index: number, name: string): Promise<string> {
  const file = await world.run(world.node(index).files.open(name));
  const chunks: Uint8Array[] = [];
  const reading = async (): Promise<void> => {
    for await (const chunk of file.read()) chunks.push(chunk);
  };
  await world.run(reading());
  return Buffer.concat(chunks).toString();
}

/** Whose clock a node's log calls off, and by how much. */
function skewsSaidBy(world: World, index: number): { about: number; skewMs: number }[] {
  return world
    .at(index)
    .log.lines.filter(({ event }) => event === 'clock.skew')
    .map(({ fields }) => ({ about: world.indexOf(String(fields?.node)), skewMs: Number(fields?.skewMs) }));
}

describe.each([
  ['a follower', 2],
  ['the founder, who leads', 0],
])('the clock of %s', (_who, off) => {
  it.each([
    ['ahead', HOUR_MS],
    ['behind', -HOUR_MS],
  ])('an hour %s costs nothing but a plain word in the logs', async (_where, jumpMs) => {
    const world = await World.grow({ seed: 41, nodes: 5 });
    await world.advance(FIRST_BEAT_MS);
    const told: string[] = [];
    for (const { living } of world.nodes) living.events$.subscribe(({ event }) => told.push(event));
    await world.run(world.node(off).files.put(bytesOf('before'), { name: 'before' }));

    world.jump(off, jumpMs);
    for (const { index } of world.nodes) {
      await world.run(world.node(index).files.put(bytesOf(`by ${index}`), { name: `by-${index}` }));
    }
    await world.advance(A_WHILE_MS);

    for (const { index } of world.nodes) {
      expect(await readAt(world, index, 'before')).toBe('before');
      for (const by of world.nodes) expect(await readAt(world, index, `by-${by.index}`)).toBe(`by ${by.index}`);
    }
    expect(world.flaws()).toEqual([]);
    expect((await world.status()).nodes.map(({ state }) => state)).toEqual(new Array(5).fill('live'));
    expect(told.filter((event) => /suspect|dead/.test(event))).toEqual([]);

    const others = world.nodes.map(({ index }) => index).filter((index) => index !== off);
    const said = others.flatMap((index) => skewsSaidBy(world, index));
    expect(said.length).toBeGreaterThan(0);
    for (const { about, skewMs } of said) {
      expect(about).toBe(off);
      expect(Math.abs(skewMs - jumpMs)).toBeLessThan(1_000);
    }
    // The node itself sees that every other one differs from it by the same.
    const seen = skewsSaidBy(world, off);
    expect(seen.length).toBeGreaterThan(0);
    for (const { skewMs } of seen) expect(Math.abs(skewMs + jumpMs)).toBeLessThan(1_000);
  });
});
