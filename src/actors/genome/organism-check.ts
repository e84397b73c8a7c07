import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import type { FilesPlan, Genome, ShardsPlan } from '../genome.ts';
import type { Path } from './document.ts';
import { faultOfLines, formatProblem } from './problems.ts';
import { routeShape } from './rules.ts';

/** First segments of paths that every node answers itself. */
const OWN_PATHS: ReadonlySet<string> = new Set(['health', 'metrics', 'openapi.json', 'organism', 'peertree']);

/**
 * Checks genomes that are to run in one organism against each other: their names differ, what they use is there, and no
 * two answer the same request. Throws `genome-invalid` with all that is wrong.
 */
export function checkGenomes(genomes: readonly Genome[]): void {
  if (genomes.length > LIMITS.treesMax) {
    throw new Fault(
      'genome-invalid',
      `an organism has at most ${LIMITS.treesMax} genomes, these are ${genomes.length}`,
    );
  }
  const lines = [...sameNames(genomes), ...unresolvedUses(genomes), ...sharedRoutes(genomes)];
  if (lines.length > 0) throw faultOfLines(lines);
}

/**
 * The genome and the organ that keep the bytes of a files organ.
 *
 * @example shardsUsedBy(genome.organs.maps, genomes)?.organ.shardBytes
 */
export function shardsUsedBy(
  files: FilesPlan,
  genomes: readonly Genome[],
): { genome: Genome; organ: ShardsPlan } | undefined {
  const genome = genomes.find((candidate) => candidate.genome === files.uses);
  const organ = genome === undefined ? undefined : shardsOf(genome)[0];
  return genome === undefined || organ === undefined ? undefined : { genome, organ };
}

function shardsOf(genome: Genome): ShardsPlan[] {
  return Object.values(genome.organs).filter((organ) => organ.kind === 'shards');
}

function sameNames(genomes: readonly Genome[]): string[] {
  return genomes.flatMap((genome, index) => {
    const other = genomes.findIndex((candidate) => candidate.genome === genome.genome);
    const text = `the name '${genome.genome}' is taken by ${genomes[other]?.source.file}`;
    return other === index ? [] : [problem(genome, ['genome'], text)];
  });
}

function unresolvedUses(genomes: readonly Genome[]): string[] {
  return genomes.flatMap((genome) =>
    Object.entries(genome.organs).flatMap(([name, organ]) => {
      if (organ.kind !== 'files') return [];
      const path = ['organs', name, 'uses'];
      const used = genomes.find((candidate) => candidate.genome === organ.uses);
      const names = genomes.map((candidate) => candidate.genome);
      if (used === undefined)
        return [problem(genome, path, `there is no genome '${organ.uses}'`, nearest(organ.uses, names))];
      const count = shardsOf(used).length;
      return count === 1
        ? []
        : [problem(genome, path, `'${organ.uses}' has ${count} organs of kind shards, must have one`)];
    }),
  );
}

function sharedRoutes(genomes: readonly Genome[]): string[] {
  const first = new Map<string, string>();
  return genomes.flatMap((genome) =>
    Object.entries(genome.receptors).flatMap(([name, { method, path }]) => {
      const at = ['receptors', name, method];
      const own = path.split('/')[1] ?? '';
      if (OWN_PATHS.has(own)) return [problem(genome, at, `every node answers paths below /${own} itself`)];
      const route = `${method} ${routeShape(path)}`;
      const other = first.get(route);
      first.set(route, other ?? genome.genome);
      return other === undefined
        ? []
        : [problem(genome, at, `the genome '${other}' answers ${method} ${path} already`)];
    }),
  );
}

function problem(genome: Genome, path: Path, text: string, meant?: string): string {
  return formatProblem(genome.source.file, { at: genome.source.valueAt(path), text, meant });
}
