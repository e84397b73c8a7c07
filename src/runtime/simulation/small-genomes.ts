import { type Genome, loadGenome, SHIPPED_GENOMES } from '../../actors/genome.ts';

/** The smallest that a genome may choose. */
const SHARD_BYTES = 65_536;

/**
 * The shipped genomes that store, and with `memory` the one that remembers as well; with the smallest shards, so that small
 * files have several.
 */
export async function smallGenomes({ memory = false } = {}): Promise<readonly Genome[]> {
  const genomes = await Promise.all(SHIPPED_GENOMES.map((path) => loadGenome(path)));
  const remembers = ({ organs }: Genome): boolean => Object.values(organs).some(({ kind }) => kind === 'index');
  return genomes.filter((genome) => memory || !remembers(genome)).map(withSmallShards);
}

/** The same genome with the smallest shards. */
export function withSmallShards(genome: Genome): Genome {
  const organs = Object.entries(genome.organs).map(([name, organ]) => [
    name,
    organ.kind === 'shards' ? { ...organ, shardBytes: SHARD_BYTES } : organ,
  ]);
  return { ...genome, organs: Object.fromEntries(organs) };
}
