import { describe, expect, it } from 'vitest';
import { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, other, put, readAt, slotsOf, votersOf } from './questions.ts';

const WHOLE_MS = 30_000;

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ seed, nodes });
  await world.advance(3_000);
  return world;
}

describe('the voters', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 3],
    [5, 5],
    [9, 5],
  ])('of %i nodes are the occupants of the lowest slots, %i of them', async (nodes, seats) => {
    const world = await grown(41, nodes);
    expect(new Set(votersOf(world, 0))).toEqual(new Set(slotsOf(world, 0).slice(0, seats)));
  });
});

describe('without its leader', () => {
  it('an organism has another within two seconds, repairs itself, and takes writes', async () => {
    const world = await grown(42, 6);
    await put(world, 2, 'before');
    world.crash(0);
    const at = world.now;
    await world.until(() => leaderOf(world, 3) > 0, 2_000);
    expect(world.now - at).toBeLessThanOrEqual(2_000);
    await world.untilWhole(WHOLE_MS);
    await put(world, 2, 'after');
    for (const name of ['before', 'after']) expect(await readAt(world, 4, name)).toBe(name);
    await world.advance(3_000);
    expect(votersOf(world, 3)).not.toContain(0);
    await world.restart(0);
    await world.untilWhole(WHOLE_MS);
    expect(await readAt(world, 0, 'after')).toBe('after');
  });

  it('three nodes go on as two, and those as one would', async () => {
    const world = await grown(43, 3);
    world.crash(0);
    await world.untilWhole(WHOLE_MS);
    await world.advance(3_000);
    const left = other(world);
    expect(votersOf(world, left)).toHaveLength(1);
    await put(world, left, 'two');
    await world.restart(0);
    await world.untilWhole(WHOLE_MS);
    expect(await readAt(world, 0, 'two')).toBe('two');
  });

  it('it heals from the loss of leader, root and last cell at once', async () => {
    const world = await grown(44, 9);
    await put(world, 3, 'a');
    const last = slotsOf(world, 0).at(-1) ?? -1;
    for (const index of new Set([leaderOf(world, 3), slotsOf(world, 3)[0] ?? -1, last])) world.crash(index);
    await world.untilWhole(WHOLE_MS);
    const left = other(world);
    await put(world, left, 'b');
    expect(await readAt(world, left, 'a')).toBe('a');
  });

  it('it survives one leader after the other', async () => {
    const world = await grown(45, 9);
    for (let round = 0; round < 4; round++) {
      world.crash(leaderOf(world, other(world)));
      await world.untilWhole(WHOLE_MS);
      await world.advance(3_000);
      await put(world, other(world), `round ${round}`);
    }
    for (let round = 0; round < 4; round++)
      expect(await readAt(world, other(world), `round ${round}`)).toBe(`round ${round}`);
  });
});

describe('voters that die', () => {
  it('two of five at once stop nothing for long', async () => {
    const world = await grown(46, 7);
    const [, first = 0, second = 0] = votersOf(world, 0);
    world.crash(first);
    world.crash(second);
    await world.untilWhole(WHOLE_MS);
    await put(world, other(world), 'a');
  });

  it('three of five at once stop every decision, until one is back', async () => {
    const world = await grown(47, 7);
    await put(world, 2, 'before');
    const gone = votersOf(world, 0).slice(0, 3);
    for (const index of gone) world.crash(index);
    await world.advance(15_000);
    const left = other(world);
    await expect(put(world, left, 'during')).rejects.toMatchObject({ code: 'no-authority' });
    expect((await world.status(left)).trees.map(({ sovereign }) => sovereign)).toEqual([false, false]);
    expect(await readAt(world, left, 'before')).toBe('before');
    await world.restart(gone[1] as number);
    await world.untilWhole(60_000);
    await put(world, left, 'after');
  });
});

describe('a partition of five', () => {
  it.each([
    ['the leader with one other', [0]],
    ['two that do not lead', []],
  ])('leaves the majority in charge, and the minority provisional: %s', async (_, seeds) => {
    const world = await grown(48, 5);
    const leader = leaderOf(world, 0);
    const cut = [...seeds.map(() => leader), ...votersOf(world, 0).filter((index) => index !== leader)].slice(0, 2);
    const rest = world.nodes.map(({ index }) => index).filter((index) => !cut.includes(index));
    world.partition(cut);
    await world.advance(20_000);
    await put(world, rest[0] as number, 'major');
    await expect(put(world, cut[0] as number, 'minor')).rejects.toMatchObject({ code: 'no-authority' });
    world.repair();
    await world.untilWhole(WHOLE_MS);
    expect(await readAt(world, cut[0] as number, 'major')).toBe('major');
    await expect(readAt(world, rest[0] as number, 'minor')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('two and two of four leave nobody in charge but those who have two of three voters', async () => {
    const world = await grown(49, 4);
    world.partition([0, 1]);
    await world.advance(20_000);
    const outcomes = await Promise.allSettled([put(world, 0, 'x'), put(world, 2, 'y')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    world.repair();
    await world.untilWhole(WHOLE_MS);
  });
});

describe('a restart of one node after the other', () => {
  it('loses nothing and fails no read', async () => {
    const world = await grown(50, 5);
    await put(world, 1, 'file');
    for (let index = 0; index < 5; index++) {
      await world.run(world.at(index).close());
      await world.advance(1_000);
      expect(await readAt(world, other(world, index), 'file')).toBe('file');
      await put(world, other(world, index), `during ${index}`);
      await world.restart(index);
      await world.untilWhole(WHOLE_MS);
    }
    for (let index = 0; index < 5; index++) expect(await readAt(world, 4, `during ${index}`)).toBe(`during ${index}`);
  });
});

describe('a leader that leaves', () => {
  it('hands the lead over first, and is a member no more', async () => {
    const world = await grown(51, 5);
    const leader = leaderOf(world, 0);
    const left = other(world, leader);
    await world.run(world.node(leader).leave());
    await world.run(world.at(leader).close());
    await world.untilWhole(WHOLE_MS);
    expect(world.node(left).view?.members[world.at(leader).id]).toBeUndefined();
    expect(votersOf(world, left)).not.toContain(leader);
    await put(world, left, 'after');
  });
});
