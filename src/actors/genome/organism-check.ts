import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import { circlesIn, type Edge } from './compiler/circles.ts';
import type { Path } from './document.ts';
import { describeType, fits, type Type } from './expression/type.ts';
import type { FilesPlan, Flow, ForeignCall, Genome, ReceptorPlan, ShardsPlan } from './plan.ts';
import { type FiledProblem, InvalidGenome } from './problems.ts';
import { routeShape } from './route.ts';
import { typeOf } from './shape.ts';

/** First segments of paths that every node answers itself. */
const OWN_PATHS: ReadonlySet<string> = new Set(['health', 'metrics', 'openapi.json', 'organism', 'peertree']);

/**
 * Checks genomes that are to run in one organism against each other: their names differ, what they use is there and takes
 * what they send, no two answer the same request, and no calls go round in a circle. Throws `genome-invalid` with all
 * that is wrong.
 */
export function checkGenomes(genomes: readonly Genome[]): void {
  if (genomes.length > LIMITS.treesMax) {
    throw new Fault(
      'genome-invalid',
      `an organism has at most ${LIMITS.treesMax} genomes, these are ${genomes.length}`,
    );
  }
  const problems = [
    ...sameNames(genomes),
    ...unresolvedUses(genomes),
    ...unresolvedGenomes(genomes),
    ...unfitCalls(genomes),
    ...sharedRoutes(genomes),
  ];
  const circles = problems.length === 0 ? circularCalls(genomes) : [];
  if (problems.length + circles.length > 0) throw new InvalidGenome([...problems, ...circles]);
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

function sameNames(genomes: readonly Genome[]): FiledProblem[] {
  return genomes.flatMap((genome, index) => {
    const other = genomes.findIndex((candidate) => candidate.genome === genome.genome);
    const text = `the name '${genome.genome}' is taken by ${genomes[other]?.source.file}`;
    return other === index ? [] : [problem(genome, ['genome'], text)];
  });
}

/** What an organ needs of the genome that it uses: one organ of this kind. */
const USED_KIND = { files: 'shards', index: 'files' } as const;

function unresolvedUses(genomes: readonly Genome[]): FiledProblem[] {
  return genomes.flatMap((genome) =>
    Object.entries(genome.organs).flatMap(([name, organ]) => {
      if (organ.kind !== 'files' && organ.kind !== 'index') return [];
      const path = ['organs', name, 'uses'];
      const used = genomes.find((candidate) => candidate.genome === organ.uses);
      if (used === undefined) return [noGenome(genome, path, organ.uses, genomes)];
      const kind = USED_KIND[organ.kind];
      const count = Object.values(used.organs).filter((one) => one.kind === kind).length;
      return count === 1
        ? []
        : [problem(genome, path, `'${organ.uses}' has ${count} organs of kind ${kind}, must have one`)];
    }),
  );
}

/** Every name under `uses` is that of a genome which is there. */
function unresolvedGenomes(genomes: readonly Genome[]): FiledProblem[] {
  const names = genomes.map((candidate) => candidate.genome);
  return genomes.flatMap((genome) =>
    genome.uses.flatMap((used, index) =>
      names.includes(used) ? [] : [noGenome(genome, ['uses', index], used, genomes)],
    ),
  );
}

function noGenome(genome: Genome, path: Path, used: string, genomes: readonly Genome[]): FiledProblem {
  const names = genomes.map((candidate) => candidate.genome);
  return problem(genome, path, `there is no genome '${used}'`, nearest(used, names));
}

/** Calls of other genomes: their receptors are there, take what is sent, and answer what is awaited. */
function unfitCalls(genomes: readonly Genome[]): FiledProblem[] {
  return genomes.flatMap((genome) =>
    genome.foreign.flatMap((call) => {
      const used = genomes.find((candidate) => candidate.genome === call.genome);
      if (used === undefined) return [];
      const at = (text: string, meant?: string): FiledProblem => ({
        file: genome.source.file,
        at: call.at,
        text,
        meant,
      });
      const receptor = Object.hasOwn(used.receptors, call.receptor) ? used.receptors[call.receptor] : undefined;
      if (receptor !== undefined) return misfitsOf(call, receptor).map((text) => at(text));
      const receptors = Object.keys(used.receptors);
      const meant = nearest(call.receptor, receptors);
      const text = `the genome '${call.genome}' has no receptor '${call.receptor}', only ${receptors.join(', ')}`;
      return [at(text, meant === undefined ? undefined : `${call.genome}.${meant}`)];
    }),
  );
}

function misfitsOf(call: ForeignCall, receptor: ReceptorPlan): string[] {
  const name = `'${call.genome}.${call.receptor}'`;
  if (receptor.carries !== 'json') return [`${name} is for clients only: it carries ${receptor.carries}`];
  const sent = call.with.type;
  const taken = typeOf(receptor.input);
  const misfits = sendable(sent, receptor)
    ? []
    : [`${name} takes ${describeType(taken)}, this is ${describeType(sent)}`];
  const lacking = call.answer === undefined ? [] : lackingFields(call.answer.input.fields.keys(), receptor.output);
  return [
    ...misfits,
    ...lacking.map((field) => `${name} answers ${describeType(receptor.output)}, without '${field}'`),
  ];
}

/** Whether all that must be sent is, nothing else, and each of its type. */
function sendable(sent: Type, { input }: ReceptorPlan): boolean {
  if (sent.is !== 'object') return fits(sent, typeOf(input));
  const given = [...sent.fields].every(([name, { type }]) => {
    const field = input.fields.get(name);
    return field !== undefined && fits(type, typeOf(field.shape));
  });
  return given && [...input.fields].every(([name, { initial }]) => initial !== undefined || sent.fields.has(name));
}

function lackingFields(wanted: Iterable<string>, output: Type): string[] {
  return [...wanted].filter((name) => output.is !== 'object' || !output.fields.has(name));
}

function sharedRoutes(genomes: readonly Genome[]): FiledProblem[] {
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

/** Circles within one genome were told when it was compiled; here are those that lead through several. */
function circularCalls(genomes: readonly Genome[]): FiledProblem[] {
  const byName = new Map(genomes.map((genome) => [genome.genome, genome]));
  const files = new Map<Edge, string>();
  const edges = genomes.flatMap((genome) =>
    genome.flows.map((flow) => {
      const edge = { from: `${genome.genome}:${flow.from}`, to: stationOf(genome, flow, byName), at: flow.at };
      files.set(edge, genome.source.file);
      return edge;
    }),
  );
  return circlesIn(edges).map(({ edge, stations }) => ({
    file: files.get(edge) ?? '',
    at: edge.at,
    text: `this goes round in a circle, without any time between: ${stations.join(' -> ')}`,
  }));
}

function stationOf(genome: Genome, { to }: Flow, byName: ReadonlyMap<string, Genome>): string {
  if ('organ' in to) return `${genome.genome}:${to.organ}.${to.verb}`;
  const receptor = byName.get(to.genome)?.receptors[to.receptor];
  return `${to.genome}:${receptor?.organ}.${receptor?.verb}`;
}

/**
 * Refuses genomes that are right and can't be run yet: this version grows no modules.
 *
 * @throws Fault `genome-invalid` that names each such organ in its file
 */
export function requireGrowable(genomes: readonly Genome[]): void {
  const problems = genomes.flatMap((genome) =>
    Object.entries(genome.organs).flatMap(([name, { kind }]) =>
      kind === 'module'
        ? [problem(genome, ['organs', name, 'kind'], `organs of kind '${kind}' can be checked, but not grown yet`)]
        : [],
    ),
  );
  if (problems.length > 0) throw new InvalidGenome(problems);
}

function problem(genome: Genome, path: Path, text: string, meant?: string): FiledProblem {
  return { file: genome.source.file, at: genome.source.valueAt(path), text, meant };
}
