import type { Access, Rate } from '../../contract/receptor.ts';
import { formatDuration, formatSize } from '../../contract/units.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { describeType } from './expression/type.ts';
import { ORGAN_KINDS } from './kinds/catalogue.ts';
import type { EntityPlan, EventPlan, Genome, ModulePlan, OrganPlan, ReceptorPlan } from './plan.ts';
import type { ObjectShape, Shape } from './shape.ts';
import { shapeSchema, typeSchema } from './shape-schema.ts';

/** A genome in words: what a person wants to know of a cell type before using or changing it. */
export function explainGenome(genome: Genome): string {
  const { limits, tree } = genome;
  return [
    `${genome.genome} ${genome.version}${genome.summary === '' ? '' : ` - ${genome.summary}`}`,
    `a tree with ${tree.fanout} children per cell; ${ratesText(limits.rate, limits.ratePerKey)}; bodies of ${formatSize(limits.bodyBytes)}`,
    ...(genome.uses.length === 0 ? [] : [`calls the genomes ${genome.uses.join(', ')}`]),
    '',
    'organs',
    ...Object.entries(genome.organs).flatMap(([name, organ]) => indented(organText(name, organ))),
    '',
    'receptors',
    ...aligned(Object.entries(genome.receptors).map(receptorText)).map((line) => `  ${line}`),
  ].join('\n');
}

function organText(name: string, organ: OrganPlan): string[] {
  return [`${name}: ${organ.kind}. ${ORGAN_KINDS[organ.kind].meaning}`, ...indented(detailsOf(organ))];
}

function detailsOf(organ: OrganPlan): string[] {
  switch (organ.kind) {
    case 'shards':
      return [`${organ.copies} copies of pieces of ${formatSize(organ.shardBytes)}`];
    case 'files':
      return [`bytes are kept by ${organ.uses}`];
    case 'index':
      return [`remembers the files of ${organ.uses}`];
    case 'ledger':
      return [`${3 * organ.faults + 1} validators, of which ${organ.faults} may lie`];
    case 'records':
      return [
        `record ${fieldsText(organ.record)}`,
        `at most ${organ.capacity}${organ.ttlMs === undefined ? '' : `, each for ${formatDuration(organ.ttlMs)}`}`,
      ];
    case 'topic':
      return [`message ${fieldsText(organ.message)}`];
    case 'queue':
      return [
        `job ${fieldsText(organ.job)}`,
        `at most ${organ.capacity}, leased for ${formatDuration(organ.leaseMs)}, ${organ.attempts} attempts, ${organ.deadLetters} dead letters`,
      ];
    case 'schedule':
      return Object.entries(organ.jobs).map(([name, { when, to }]) => {
        const times = 'cron' in when ? `at ${when.cron}` : `every ${formatDuration(when.everyMs)}`;
        return `${name}: ${times} to ${'organ' in to ? `${to.organ}.${to.verb}` : to.receptor}`;
      });
    case 'entity':
      return [`remembers ${fieldsText(organ.context)}`, `states ${statesText(organ)}`, ...eventsText(organ)];
    case 'module':
      return [`file ${organ.file}`, `remembers ${fieldsText(organ.state)}`, ...eventsText(organ)];
  }
}

function statesText({ chart }: EntityPlan): string {
  const timers = (path: string): string => {
    const after = chart.states.get(path)?.after ?? [];
    return after.length === 0 ? '' : ` (after ${after.map(({ label }) => label).join(', ')})`;
  };
  return [...chart.states.keys()].map((path) => `${path}${timers(path)}`).join(', ');
}

function eventsText(organ: EntityPlan | ModulePlan): string[] {
  return aligned(
    Object.entries(organ.events).map(([name, { input, reply, readOnly }]) => [
      `event ${name}`,
      fieldsText(input),
      `-> ${describeType(reply)}`,
      ...(readOnly ? ['changes nothing'] : []),
    ]),
  );
}

function receptorText([name, { method, path, organ, verb, access, bodyBytes, rate, ratePerKey }]: [
  string,
  ReceptorPlan,
]): string[] {
  const bounds = `${formatSize(bodyBytes)}, ${ratesText(rate, ratePerKey)}`;
  return [`${method.toUpperCase()} ${path}`, `${organ}.${verb}`, accessText(access), bounds, name];
}

function accessText(access: Access): string {
  return typeof access === 'string' ? access : `${access.length} key${access.length === 1 ? '' : 's'}`;
}

function ratesText(rate: Rate, perKey: Rate): string {
  const text = ({ requests, periodMs }: Rate): string =>
    `${requests}/${formatDuration(periodMs).replace(/^1(?=[a-z])/, '')}`;
  return `${text(rate)}, ${text(perKey)} per key`;
}

function fieldsText({ fields }: ObjectShape): string {
  const shown = [...fields].map(([name, { shape, initial }]) => {
    return `${name}: ${shapeText(shape)}${initial === undefined ? '' : ` = ${JSON.stringify(initial)}`}`;
  });
  return `{${shown.join(', ')}}`;
}

function shapeText(shape: Shape): string {
  switch (shape.type) {
    case 'integer':
    case 'number':
      return rangeText(shape.type, shape.minimum, shape.maximum);
    case 'string':
      return shape.values === undefined ? `text of ${shape.maxLength}` : shape.values.join('|');
    case 'list':
      return `${shape.maxItems} x ${shapeText(shape.items)}`;
    case 'map':
      return `map of ${shape.maxEntries} x ${shapeText(shape.values)}`;
    case 'object':
      return fieldsText(shape);
    default:
      return shape.type;
  }
}

function rangeText(type: string, minimum: number, maximum: number): string {
  const [least, most] = [minimum > Number.MIN_SAFE_INTEGER, maximum < Number.MAX_SAFE_INTEGER];
  if (least && most) return `${minimum}..${maximum}`;
  return least ? `${type} from ${minimum}` : most ? `${type} to ${maximum}` : type;
}

/** Columns as wide as their widest cell. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** The same as data: what `peertree genome explain --json` prints. Requests and answers are JSON Schemas. */
export function outlineGenome(genome: Genome): JsonObject {
  return {
    genome: genome.genome,
    version: genome.version,
    summary: genome.summary,
    fanout: genome.tree.fanout,
    uses: genome.uses,
    organs: Object.entries(genome.organs).map(([name, organ]) => ({ name, ...organOutline(organ) })),
    receptors: Object.entries(genome.receptors).map(([name, receptor]) => ({ name, ...receptorOutline(receptor) })),
  };
}

function organOutline(organ: OrganPlan): JsonObject {
  const { kind } = organ;
  if (organ.kind === 'entity') {
    const states = [...organ.chart.states.values()].map(({ path, type, after }) => {
      return { path, type, after: after.map(({ label }) => label) };
    });
    return { kind, context: shapeSchema(organ.context), events: eventOutlines(organ.events), states };
  }
  return organ.kind === 'module' ? { kind, file: organ.file, events: eventOutlines(organ.events) } : { kind };
}

function eventOutlines(events: { readonly [event: string]: EventPlan }): Json {
  return Object.entries(events).map(([name, { input, reply, readOnly }]) => {
    return { name, input: shapeSchema(input), reply: typeSchema(reply), readOnly };
  });
}

function receptorOutline(receptor: ReceptorPlan): JsonObject {
  const { method, path, organ, verb, access, carries, bodyBytes, summary } = receptor;
  return {
    method,
    path,
    to: `${organ}.${verb}`,
    access: access as Json,
    carries,
    bodyBytes,
    rate: { ...receptor.rate },
    ratePerKey: { ...receptor.ratePerKey },
    summary,
    input: shapeSchema(receptor.input),
    output: typeSchema(receptor.output),
  };
}
