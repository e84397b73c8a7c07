import { FILE_GENOMES, type Genome, loadGenome } from '../../actors/genome.ts';

/** The smallest that a genome may choose. */
const SHARD_BYTES = 65_536;

/** The shipped genomes that keep files, with the smallest shards, so that small files have several. */
export async function smallGenomes(): Promise<readonly Genome[]> {
  const genomes = await Promise.all(FILE_GENOMES.map((path) => loadGenome(path)));
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
