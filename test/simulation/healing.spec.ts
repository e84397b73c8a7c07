import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import type { PulseFacts } from '../../src/organs/pulse/index.ts';
import { simulate } from '../../src/runtime/simulation/simulate.ts';
import { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, other, put, readAt, slotsOf, votersOf } from './questions.ts';
import { ROLES } from './roles.ts';

const WHOLE_MS = 60_000;

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ seed, nodes });
  await world.advance(3_000);
  return world;
}

describe('of nine, what the original did not survive', () => {
  it('root and last cell dying together', async () => {
    const world = await grown(71, 9);
    await put(world, 4, 'before');
    for (const index of [slotsOf(world, 0)[0] ?? -1, slotsOf(world, 0).at(-1) ?? -1]) world.crash(index);
    await world.untilWhole(WHOLE_MS);
    expect(slotsOf(world, other(world))).toHaveLength(7);
    expect(await readAt(world, other(world), 'before')).toBe('before');
    await put(world, other(world), 'after');
  });

  it('any two at once, whatever their roles', async () => {
    const world = await grown(72, 9);
    const pairs = [
      [0, 2],
      [2, 4],
      [3, 4],
    ];
    for (const pair of pairs) {
      const gone = pair.map((role) => ROLES[role]?.[1](world) ?? -1);
      for (const index of gone) world.crash(index);
      await world.untilWhole(WHOLE_MS);
      await put(world, other(world), `without ${gone}`);
      for (const index of gone) await world.restart(index);
      await world.untilWhole(WHOLE_MS);
      await world.advance(3_000);
    }
  });

  it('eight newcomers started together', async () => {
    const world = await World.grow({ seed: 73, nodes: 1 });
    await world.add(8);
    await world.untilWhole(10_000);
    expect(slotsOf(world, 0)).toHaveLength(9);
  });
});

describe('a disk from a backup', () => {
  it.each([
    ['a voter', 1],
    ['the last cell', -1],
  ])('of %s: it abstains until it was voted in anew, and loses nothing that others hold', async (_, at) => {
    const world = await grown(79, 5);
    const index = at < 0 ? (slotsOf(world, 0).at(-1) ?? -1) : (votersOf(world, 0)[at] ?? -1);
    const backup = world.at(index).disk.snapshot();
    for (const name of ['a', 'b', 'c']) await put(world, other(world, index), name);
    world.crash(index);
    await world.restoreFrom(index, backup);
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    expect(votersOf(world, other(world, index))).toContain(index);
    expect(world.at(index).disk.table('meta').has('abstains')).toBe(false);
    for (const name of ['a', 'b', 'c']) expect(await readAt(world, index, name)).toBe(name);
  });

  it('that is empty: a voter that lost it is voted out, and in again', async () => {
    const world = await grown(83, 5);
    const index = votersOf(world, 0).find((one) => one !== leaderOf(world, 0)) ?? -1;
    await put(world, other(world, index), 'before');
    world.crash(index);
    await world.restartEmpty(index);
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    expect(votersOf(world, other(world, index))).toContain(index);
    expect(world.at(index).disk.table('meta').has('abstains')).toBe(false);
    // Its word counts: of the other four two may die.
    for (const one of votersOf(world, index)
      .filter((voter) => voter !== index)
      .slice(0, 2))
      world.crash(one);
    await world.untilWhole(WHOLE_MS);
    await put(world, index, 'after');
    expect(await readAt(world, index, 'before')).toBe('before');
  });

  it('of a minority of the voters, while the others are down: nothing that was acknowledged is lost', async () => {
    const world = await grown(80, 5);
    const voters = votersOf(world, 0);
    const [old = 0, ...rest] = voters.filter((index) => index !== leaderOf(world, 0));
    const backup = world.at(old).disk.snapshot();
    await put(world, leaderOf(world, 0), 'acknowledged');
    world.crash(old);
    for (const index of rest.slice(0, 2)) world.crash(index);
    // With its vote there would be a majority of those who may not have the record.
    await world.restoreFrom(old, backup);
    await world.advance(20_000);
    const left = other(world, old);
    await expect(put(world, left, 'during')).rejects.toMatchObject({ code: 'no-authority' });
    await world.restart(rest[0] as number);
    await world.untilWhole(WHOLE_MS);
    expect(await readAt(world, old, 'acknowledged')).toBe('acknowledged');
  });
});

describe('the departed', () => {
  it('are probed for ever, one a second, and come back by themselves after a long time', async () => {
    const world = await grown(81, 5);
    const index = slotsOf(world, 0).at(-1) ?? -1;
    world.partition([index]);
    await world.advance(240_000);
    const departed = world.at(0).facts<PulseFacts>('pulse')?.departed ?? [];
    expect(departed).toContain(world.at(index).id);
    expect(departed.length).toBeLessThanOrEqual(LIMITS.membersDepartedProbed);
    world.repair();
    await world.untilWhole(30_000);
  });
});

describe('registers', () => {
  it('are linearizable while leaders die and partitions come and go', async () => {
    const { violation, operations, struck } = await simulate({
      seed: 82,
      cells: 5,
      faultsMs: 20_000,
      epilogues: [],
      plan: [
        { at: 1_000, for: 3_000, kind: 'crash', node: 0 },
        { at: 6_000, for: 4_000, kind: 'isolate-root' },
        { at: 11_000, for: 3_000, kind: 'crash', node: 1 },
        {
          at: 15_000,
          for: 4_000,
          kind: 'partition',
          groups: [
            [0, 1],
            [2, 3, 4],
          ],
        },
      ],
    });
    expect(violation).toBeNull();
    expect(struck).toBeGreaterThanOrEqual(3);
    expect(operations.acknowledged).toBeGreaterThan(20);
  });
});
