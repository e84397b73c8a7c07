import { describe, expect, it } from 'vitest';
import { World } from '../../src/runtime/simulation/world.ts';

const FULL_MS = 120_000;
const PUTS = 12;

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

describe('a node whose disk is full', () => {
  it('tries again ever less often, says so in a few lines, and follows by itself once there is room', async () => {
    const world = await World.grow({ seed: 21, nodes: 6 });
    const { disk, log } = world.at(3);
    disk.capacityBytes = disk.usedBytes;
    const before = log.lines.length;
    for (let put = 0; put < PUTS; put++) {
      await world.run(world.node(put % 3).files.put(bytesOf(`file ${put}`), { name: `${put}.txt` }));
      await world.advance(FULL_MS / PUTS);
    }
    const said = log.lines.slice(before).filter(({ level }) => level !== 'debug');
    expect(said.map(({ event }) => event)).toContain('actor.not-stored');
    expect(said.length).toBeLessThan(20);
    const version = world.node(0).view?.version ?? 0;
    expect(world.node(3).view?.version).toBeLessThan(version - PUTS + 2);
    // Nothing but room is needed: no restart, no removal, no further put.
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await world.untilWhole(15_000);
    for (let put = 0; put < PUTS; put++) await world.run(world.node(3).files.open(`${put}.txt`));
    expect(log.lines.at(-1)?.event).not.toBe('actor.not-stored');
    expect(log.lines.map(({ event }) => event)).toContain('actor.stored-again');
  });

  it('says to whoever asks it that it is full, and at once', async () => {
    const world = await World.grow({ seed: 22, nodes: 5 });
    const { disk } = world.at(2);
    disk.capacityBytes = disk.usedBytes;
    for (let put = 0; put < 4; put++) {
      await world.run(world.node(0).files.put(bytesOf(`file ${put}`), { name: `${put}.txt` }));
      await world.advance(2_000);
    }
    const asked = world.clock.monotonic();
    await expect(world.run(world.node(2).files.put(bytesOf('x'), { name: 'x.txt' }))).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(world.clock.monotonic() - asked).toBeLessThan(1_000);
  });
});
