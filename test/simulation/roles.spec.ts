import { describe, expect, it } from 'vitest';
import { revocationClaim } from '../../src/contract/warrants.ts';
import type { Json } from '../../src/contract/words.ts';
import { World } from '../../src/runtime/simulation/world.ts';
import { leaderOf, other, put, readAt, slotsOf, votersOf } from './questions.ts';
import { ROLES } from './roles.ts';

const WHOLE_MS = 60_000;

async function grown(seed: number, nodes: number): Promise<World> {
  const world = await World.grow({ seed, nodes });
  await world.advance(3_000);
  return world;
}

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
