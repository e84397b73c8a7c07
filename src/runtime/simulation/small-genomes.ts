import { FILE_GENOMES, type Genome, loadGenome, shippedGenome } from '../../actors/genome.ts';

/** The smallest that a genome may choose. */
const SHARD_BYTES = 65_536;

/**
 * The shipped genomes that keep files, and with `memory` the one that remembers them as well; with the smallest shards, so
 * that small files have several.
 */
export async function smallGenomes({ memory = false } = {}): Promise<readonly Genome[]> {
  const paths = memory ? [...FILE_GENOMES, shippedGenome('peerMemory')] : FILE_GENOMES;
  const genomes = await Promise.all(paths.map((path) => loadGenome(path)));
  return genomes.map(withSmallShards);
}

/** The same genome with the smallest shards. */
export function withSmallShards(genome: Genome): Genome {
  const organs = Object.entries(genome.organs).map(([name, organ]) => [
    name,
    organ.kind === 'shards' ? { ...organ, shardBytes: SHARD_BYTES } : organ,
  ]);
  return { ...genome, organs: Object.fromEntries(organs) };
}
