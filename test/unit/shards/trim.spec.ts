import { describe, expect, it } from 'vitest';
import { ranked } from '../../../src/organs/shards/ranking.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { bytesOf, World } from './fake-tree.ts';
import { idOf, TREE } from './fake-view.ts';

const FLAP_GUARD_MS = 5_000;
const options = { flapGuardMs: FLAP_GUARD_MS, reconcileMs: 2_000 };

async function filled(count: number, shards: number): Promise<{ world: World; all: string[] }> {
  const world = new World(count, options);
  const all: string[] = [];
  for (let index = 0; index < shards; index++) {
    all.push(await world.run(world.at(index % count).shards.service.put(bytesOf(index))));
  }
  await world.clock.advance(2_000);
  return { world, all };
}

/** Cells of the newest map that are up and have it. */
const good = (world: World, hash: string): number => {
  const slots = world.view.trees[TREE]?.slots.map(({ node }) => node) ?? [];
  return world.holders(hash).filter((node) => slots.includes(node)).length;
};

describe('surplus copies', () => {
  it('go once the cells that should have them do, and not before the map was still', async () => {
    const { world, all } = await filled(4, 30);
    world.join();
    world.join();
    await world.clock.advance(FLAP_GUARD_MS - 1_000);
    const extra = all.filter((hash) => world.holders(hash).length > 3);
    expect(extra.length).toBeGreaterThan(0);
    await world.clock.advance(FLAP_GUARD_MS * 2);
    for (const hash of all) expect(world.holders(hash).sort()).toEqual(ranked(world.view, TREE, hash, 3).sort());
    expect(world.storage()).toEqual({ shards: 30, bytes: 3_000, underReplicated: 0 });
  });

  it('stay while one of the cells that should have them can not say so', async () => {
    const { world, all } = await filled(4, 20);
    world.join();
    await world.clock.advance(1_000);
    world.at(4).state = 'hung';
    const before = all.map((hash) => world.holders(hash).length);
    await world.clock.advance(FLAP_GUARD_MS * 4);
    const ofTheHung = all.filter((hash) => ranked(world.view, TREE, hash, 3).includes(idOf(4)));
    expect(ofTheHung.length).toBeGreaterThan(0);
    for (const hash of ofTheHung) expect(world.holders(hash).length).toBeGreaterThanOrEqual(3);
    expect(before.every((count) => count >= 3)).toBe(true);
  });

  it('never go among as few cells as there should be copies', async () => {
    const { world, all } = await filled(4, 12);
    world.crash(3);
    world.notice(3, 'dead');
    world.replace(3);
    await world.clock.advance(FLAP_GUARD_MS * 4);
    expect(all.every((hash) => world.holders(hash).length === 3)).toBe(true);
  });

  it('leave no shard with fewer copies than it had and should have, whatever comes and goes', async () => {
    for (const seed of [1, 2, 3]) {
      const { world, all } = await filled(5, 10);
      const entropy = seededEntropy(seed);
      const drops: string[] = [];
      for (let round = 0; round < 12; round++) {
        if (entropy.float() < 0.5 && world.nodes.length < 9) world.join();
        const up = world.nodes.filter(({ state }) => state === 'up');
        const slots = world.view.trees[TREE]?.slots.length ?? 0;
        if (entropy.float() < 0.3 && up.length > 4 && slots > 4) {
          const gone = world.nodes.indexOf(up[Math.floor(entropy.float() * up.length)] as never);
          world.crash(gone);
          world.notice(gone, 'dead');
          world.replace(gone);
        }
        await watchFor(world, all, Math.floor(entropy.float() * FLAP_GUARD_MS * 2), drops);
      }
      await watchFor(world, all, FLAP_GUARD_MS * 6, drops);
      expect(drops).toEqual([]);
      for (const hash of all) expect(world.holders(hash).sort()).toEqual(ranked(world.view, TREE, hash, 3).sort());
    }
  });
});

/** Lets time pass, and notes each trim that left a shard with fewer good copies than it should have. */
async function watchFor(world: World, all: readonly string[], ms: number, drops: string[]): Promise<void> {
  let before = all.map((hash) => good(world, hash));
  for (let passed = 0; passed < ms; passed += 250) {
    await world.clock.advance(250);
    const after = all.map((hash) => good(world, hash));
    all.forEach((hash, index) => {
      const [was, is] = [before[index] as number, after[index] as number];
      if (is < was && is < 3) drops.push(`${hash.slice(0, 8)}: ${was} -> ${is} at ${world.clock.monotonic()}`);
    });
    before = after;
  }
}
