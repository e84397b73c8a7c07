import type { NodeId } from '../../../contract/words.ts';
import type { World } from '../world.ts';
import type { Epilogue } from './epilogue.ts';

const LOOK_EVERY_MS = 1_000;

export const zonesShareCopies: Epilogue = {
  name: 'zones-share-copies',
  promise:
    'Once faults have stopped the copies of every shard lie in as many failure domains as there are copies, or as there are domains.',
  how: 'The disks of all nodes that run are read, shard by shard, until it is so.',
  holds: 'in the end',
  run: async ({ world, patienceMs, violate }) => {
    const deadline = world.now + patienceMs;
    for (;;) {
      const poor = poorShards(world);
      if (poor.length === 0) return;
      if (world.now > deadline) violate(`${poor.length} shards lie in too few zones, such as ${poor[0]}`);
      await world.advance(LOOK_EVERY_MS);
    }
  },
};

function poorShards(world: World): string[] {
  const zones = new Map<string, Set<string>>();
  const zoneOf = (id: NodeId): string => world.running[0]?.view?.members[id]?.zone ?? id;
  for (const node of world.running) {
    for (const key of node.disk.table('shards').keys())
      zones.set(key, (zones.get(key) ?? new Set()).add(zoneOf(node.id)));
  }
  const domains = new Set(world.running.map(({ id }) => zoneOf(id))).size;
  return [...zones].filter(([key, held]) => held.size < Math.min(copiesOf(world, key), domains)).map(([key]) => key);
}

/** What the genome of a shard's tree asks for. */
function copiesOf({ running, genomes }: World, key: string): number {
  const genome = running[0]?.view?.trees[key.slice(0, key.indexOf('/'))]?.genome;
  const organs = Object.values(genomes.find((one) => one.genome === genome)?.organs ?? {});
  return organs.find((organ) => organ.kind === 'shards')?.copies ?? 0;
}
