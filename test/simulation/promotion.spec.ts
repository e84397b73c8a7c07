import { describe, expect, it } from 'vitest';
import { ordinalOf } from '../../src/contract/generation.ts';
import { promotionClaim } from '../../src/contract/warrants.ts';
import { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, other, put, readAt, votersOf } from './questions.ts';

const WHOLE_MS = 60_000;

/** What `peertree promote --force` does, with the organism's key. */
async function promote(world: World, index: number, options = {}) {
  const node = world.node(index);
  const { organism, promotion } = await world.run(node.draftPromotion());
  const warrant = world.operator.sign('organism-key', promotionClaim(organism, promotion));
  return world.run(node.promote({ ...promotion, warrant }, options));
}

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ seed, nodes });
  await world.advance(3_000);
  return world;
}

const generations = (world: World) => world.running.map(({ view }) => ordinalOf(view?.generation ?? 0));

/** Three of five are cut off with the leader among them; the other two are promoted. */
async function divided(seed: number): Promise<{ world: World; majority: number[]; rest: number[] }> {
  const world = await grown(seed, 5);
  await put(world, 0, 'shared', 'before');
  const leader = leaderOf(world, 0);
  const majority = [leader, ...votersOf(world, 0).filter((index) => index !== leader)].slice(0, 3);
  const rest = [0, 1, 2, 3, 4].filter((index) => !majority.includes(index));
  world.partition(majority);
  await world.advance(15_000);
  return { world, majority, rest };
}

describe('peertree promote --force', () => {
  it('has a lone survivor decide again, and whoever comes back follows it', async () => {
    const world = await grown(61, 4);
    await put(world, 3, 'kept');
    for (const index of [0, 1, 2]) world.crash(index);
    await world.advance(15_000);
    await expect(put(world, 3, 'during')).rejects.toMatchObject({ code: 'no-authority' });
    await promote(world, 3);
    await world.untilWhole(WHOLE_MS);
    await put(world, 3, 'after');
    expect(await readAt(world, 3, 'kept')).toBe('kept');
    for (const index of [0, 1, 2]) await world.restart(index);
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    expect(generations(world)).toEqual([2, 2, 2, 2]);
    expect(votersOf(world, 0)).toHaveLength(3);
    for (const index of [0, 1, 2, 3]) expect(await readAt(world, index, 'after')).toBe('after');
  });

  it('is refused where a leader with a majority is within reach, unless told', async () => {
    const world = await grown(62, 5);
    await expect(promote(world, 3)).rejects.toMatchObject({ code: 'conflict' });
    await promote(world, 3, { despiteMajority: true });
    await world.untilWhole(WHOLE_MS);
    await world.advance(3_000);
    expect(generations(world)).toEqual([2, 2, 2, 2, 2]);
    await put(world, 0, 'after');
  });

  it("is refused without the organism's own signature, and for what was not signed", async () => {
    const world = await grown(63, 4);
    for (const index of [0, 1, 2]) world.crash(index);
    await world.advance(15_000);
    const node = world.node(3);
    const { organism, promotion } = await world.run(node.draftPromotion());
    const forged = node.id === promotion.by ? world.at(3).signer : world.operator;
    const warrant = forged.sign('organism-key', promotionClaim(organism, promotion));
    await expect(world.run(node.promote({ ...promotion, warrant }))).rejects.toMatchObject({ code: 'refused' });
    const good = world.operator.sign('organism-key', promotionClaim(organism, promotion));
    const altered = { ...promotion, keeps: [...promotion.keeps, world.at(0).id].sort(), warrant: good };
    await expect(world.run(node.promote(altered))).rejects.toMatchObject({ code: 'conflict' });
    expect(generations(world)).toEqual([1]);
  });

  it('survives the end of its process at once, before the others have heard of it', async () => {
    const world = await grown(64, 4);
    for (const index of [0, 1, 2]) world.crash(index);
    await world.advance(15_000);
    await promote(world, 3);
    await world.bounce(3);
    await world.untilWhole(WHOLE_MS);
    expect(generations(world)).toEqual([2]);
    await put(world, 3, 'after');
  });

  it('wins over the old side wherever the two meet, which stops, comes back and keeps what it had as conflict versions', async () => {
    const { world, majority, rest } = await divided(65);
    const [old = 0] = majority;
    const [young = 0] = rest;
    await put(world, old, 'shared', 'of the old side');
    await put(world, old, 'only old');
    await promote(world, young);
    await world.advance(5_000);
    await put(world, young, 'shared', 'of the new side');
    await put(world, young, 'only new');
    world.repair();
    await world.untilWhole(WHOLE_MS);
    await world.advance(10_000);
    expect(generations(world)).toEqual([2, 2, 2, 2, 2]);
    for (const index of [0, 1, 2, 3, 4]) {
      expect(await readAt(world, index, 'shared')).toBe('of the new side');
      expect(await readAt(world, index, 'only new')).toBe('only new');
      const conflicts = world
        .node(index)
        .conflicts()
        .filter(({ key }) => key.startsWith('head:'));
      const texts: string[] = [];
      for (const { register } of conflicts) texts.push(await readAt(world, index, register));
      expect(texts.sort()).toEqual(['of the old side', 'only old']);
    }
  });

  it('of both sides apart leaves one: the higher generation, whoever has it', async () => {
    const { world, majority, rest } = await divided(66);
    await promote(world, rest[0] as number);
    await promote(world, majority[1] as number, { despiteMajority: true });
    await world.advance(5_000);
    const [one, two] = [rest[0] as number, majority[1] as number];
    await put(world, one, 'a', 'one');
    await put(world, two, 'a', 'two');
    const higher = Math.max(...[one, two].map((index) => world.at(index).view?.generation ?? 0));
    const winner = [one, two].find((index) => world.at(index).view?.generation === higher) ?? one;
    world.repair();
    await world.untilWhole(WHOLE_MS);
    await world.advance(5_000);
    expect(new Set(world.running.map(({ view }) => view?.generation))).toEqual(new Set([higher]));
    for (const { index } of world.running) expect(await readAt(world, index, 'a')).toBe(winner === one ? 'one' : 'two');
    await put(world, other(world), 'after');
  });

  it('lets a newcomer in that has never heard of the first generation', async () => {
    const world = await grown(67, 4);
    for (const index of [0, 1, 2]) world.crash(index);
    await world.advance(15_000);
    await promote(world, 3);
    await world.advance(3_000);
    await world.join(await world.run(world.node(3).invite()));
    await world.advance(20_000);
    expect(generations(world)).toEqual([2, 2]);
    expect(world.flaws()).toEqual([]);
  });
});
