import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import { revocationClaim } from '../../src/contract/warrants.ts';
import type { Json } from '../../src/contract/words.ts';
import type { PulseFacts } from '../../src/organs/pulse/index.ts';
import { simulate } from '../../src/runtime/simulation/simulate.ts';
import { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, other, put, readAt, slotsOf, votersOf } from './questions.ts';

const WHOLE_MS = 60_000;

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ seed, nodes });
  await world.advance(3_000);
  return world;
}

/** The roles that a node can have, by index. */
const ROLES: readonly (readonly [string, (world: World) => number])[] = [
  ['the root', (world) => slotsOf(world, 0)[0] ?? -1],
  ['the leader', (world) => leaderOf(world, 0)],
  ['a voter', (world) => votersOf(world, 0).find((index) => index !== leaderOf(world, 0)) ?? -1],
  ['an interior cell', (world) => slotsOf(world, 0)[1] ?? -1],
  ['the last cell', (world) => slotsOf(world, 0).at(-1) ?? -1],
];

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

describe('each role', () => {
  it.each(ROLES)('%s pauses, and comes back to its slot', async (_, pick) => {
    const world = await grown(74, 7);
    const index = pick(world);
    const slot = slotsOf(world, 0).indexOf(index);
    await world.close(index);
    await world.advance(10_000);
    const left = other(world, index);
    expect(slotsOf(world, left)[slot]).toBe(index);
    await put(world, left, 'while it sleeps');
    await world.restart(index);
    await world.untilWhole(WHOLE_MS);
    expect(slotsOf(world, left)[slot]).toBe(index);
    expect(await readAt(world, index, 'while it sleeps')).toBe('while it sleeps');
  });

  it.each(ROLES)('%s leaves for good', async (_, pick) => {
    const world = await grown(75, 7);
    const index = pick(world);
    await world.run(world.node(index).leave());
    await world.close(index);
    world.retired.add(index);
    await world.untilWhole(WHOLE_MS);
    const left = other(world, index);
    expect(slotsOf(world, left)).toHaveLength(6);
    expect(world.node(left).view?.members[world.at(index).id]).toBeUndefined();
    await put(world, left, 'after');
  });

  it.each(ROLES)('%s is revoked: barred everywhere, and neither votes nor has a slot any more', async (_, pick) => {
    const world = await grown(76, 7);
    const index = pick(world);
    const { id } = world.at(index);
    const left = other(world, index);
    const organism = world.node(left).view?.organism ?? '';
    const stolen = world.at(index).signer.sign('organism-key', revocationClaim(organism, id));
    await expect(world.run(world.node(left).revoke(id, stolen))).rejects.toMatchObject({ code: 'refused' });
    await world.run(world.node(left).revoke(id, world.operator.sign('organism-key', revocationClaim(organism, id))));
    await world.advance(5_000);
    const view = world.node(left).view;
    expect(view?.members[id]?.revoked).toBe(true);
    expect([slotsOf(world, left).includes(index), votersOf(world, left).includes(index)]).toEqual([false, false]);
    await put(world, left, 'after');
    world.crash(index);
    await world.restart(index);
    await world.advance(10_000);
    expect(slotsOf(world, left)).not.toContain(index);
  });
});

describe('a halt', () => {
  it('of the whole organism is followed by no repair, and the next start finds everything in its place', async () => {
    const world = await grown(77, 7);
    await put(world, 2, 'kept');
    const before = slotsOf(world, 0);
    await world.run(world.node(3).halt());
    for (const { index } of world.nodes) {
      await world.close(index);
      await world.advance(4_000);
    }
    for (const { index } of world.nodes) await world.restart(index);
    await world.untilWhole(WHOLE_MS);
    expect(slotsOf(world, 0)).toEqual(before);
    expect(await readAt(world, 5, 'kept')).toBe('kept');
  });
});

describe('two processes with one key', () => {
  it('the later start wins, and the earlier one is told so and stops', async () => {
    const world = await grown(78, 5);
    // The earlier process stands still while the machine's copy of it starts, and goes on afterwards.
    const life = world.node(3);
    const told: string[] = [];
    life.events$.subscribe(({ event, code }) => void (event === 'refused' && told.push(String(code))));
    const { signer, incarnation } = world.at(3).borrowKey();
    const view = world.node(0).view;
    const member = view?.members[signer.node];
    if (member === undefined) throw new Error('node 3 is no member');
    const later = { ...member, incarnation };
    const command = { type: 'return', member: later, genomes: view?.genomes ?? [], weight: 1 };
    const body = { command } as unknown as Json;
    await world.run(world.at(leaderOf(world, 0)).stem.deliver({ kind: 'consensus.propose', body }));
    await world.advance(10_000);
    expect(told).toContain('superseded');
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
