import { guardOf } from '../guard.ts';
import type { World } from '../world.ts';
import type { FaultKind } from './kind.ts';
import { known, node } from './links.ts';
import { revive } from './processes.ts';
import { maySpoil, mayStart, mayStop } from './tolerance.ts';

export interface OneDisk {
  readonly node: number;
}

export const diskFull: FaultKind<OneDisk> = {
  meaning: 'A disk has no room for anything more (ENOSPC).',
  params: { node },
  lastsMs: [500, 10_000],
  draw: (dice) => ({ node: dice.node() }),
  strike: (world, { node: index }) => {
    if (known(world, [index]).length === 0) return undefined;
    const { disk } = world.at(index);
    disk.capacityBytes = disk.usedBytes;
    return guardOf(() => {
      disk.capacityBytes = Number.POSITIVE_INFINITY;
    });
  },
};

export const failedFlush: FaultKind<OneDisk & { readonly commits: number }> = {
  meaning: 'The next commits of a node fail with an I/O error, and keep nothing.',
  params: { node, commits: { type: 'integer', minimum: 1, maximum: 3 } },
  lastsMs: [500, 2_000],
  draw: (dice) => ({ node: dice.node(), commits: 1 }),
  strike: (world, { node: index, commits }) => {
    if (world.nodes[index]?.running !== true) return undefined;
    world.at(index).disk.failNext('internal', commits);
    return guardOf(() => undefined);
  },
};

export const slowDisk: FaultKind<OneDisk & { readonly ms: number }> = {
  meaning: 'Every flush of a node takes so much longer.',
  params: { node, ms: { type: 'number', minimum: 0 } },
  lastsMs: [500, 15_000],
  draw: (dice) => ({ node: dice.node(), ms: dice.between(5, 1_500) }),
  strike: (world, { node: index, ms }) => {
    if (known(world, [index]).length === 0) return undefined;
    const { disk } = world.at(index);
    disk.slow(ms);
    return guardOf(() => disk.slow(0));
  },
};

export const bitRot: FaultKind<OneDisk & { readonly shards: number }> = {
  meaning: 'One bit flips in some of the shards that a node holds.',
  params: { node, shards: { type: 'integer', minimum: 1 } },
  lastsMs: [500, 1_000],
  draw: (dice) => ({ node: dice.fragile, shards: dice.between(1, 8) }),
  strike: (world, { node: index, shards }, label) => {
    if (known(world, [index]).length === 0) return undefined;
    const { disk } = world.at(index);
    const draw = world.entropy.fork(label);
    const keys = [...disk.table('shards').keys()];
    for (let count = 0; count < shards && keys.length > 0; count++) {
      const [key] = keys.splice(Math.floor(draw.float() * keys.length), 1);
      if (key !== undefined) disk.corrupt(key);
    }
    return guardOf(() => undefined);
  },
};

export const lyingDisk: FaultKind<OneDisk> = {
  meaning: 'A disk acknowledges flushes that it forgets when the machine loses its power, at the end. Not of a voter.',
  params: { node },
  lastsMs: [500, 10_000],
  draw: (dice) => ({ node: dice.fragile }),
  strike: (world, { node: index }) => {
    if (world.nodes[index]?.running !== true || !maySpoil(world, index)) return undefined;
    const { disk } = world.at(index);
    disk.lie();
    return guardOf(() => {
      // Whoever has become a voter meanwhile is spared: see the fault model.
      if (maySpoil(world, index)) world.crash(index, 'power');
      disk.tellTruth();
      revive(world, index);
    });
  },
};

export const staleDisk: FaultKind<OneDisk> = {
  meaning: 'A node is killed at the end and started from the disk that it had at the beginning. Not a voter.',
  params: { node },
  lastsMs: [2_000, 20_000],
  draw: (dice) => ({ node: dice.fragile }),
  strike: (world, { node: index }) => {
    const backup = world.nodes[index]?.disk.snapshot();
    if (backup === undefined || world.retired.has(index)) return undefined;
    return guardOf(() => {
      if (!maySpoil(world, index)) return;
      world.crash(index);
      if (mayStart(world, index)) world.background(world.restartFrom(index, backup));
    });
  },
};

export const lostDisk: FaultKind<OneDisk> = {
  meaning: 'A node is killed and started at the end with its key and an empty disk. Not a voter.',
  params: { node },
  lastsMs: [200, 15_000],
  draw: (dice) => ({ node: dice.fragile }),
  strike: (world, { node: index }) => {
    if (!mayStop(world, index) || !maySpoil(world, index)) return undefined;
    world.crash(index);
    return guardOf(() => {
      if (mayStart(world, index)) world.background(reborn(world, index));
    });
  },
};

async function reborn(world: World, index: number): Promise<void> {
  await (maySpoil(world, index) ? world.restartEmpty(index) : world.restart(index));
}
