import { parse, YAMLParseError } from 'yaml';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { didYouMean } from '../../contract/nearest.ts';
import { shape } from '../../contract/schema.ts';
import { formatDuration, parseDuration } from '../../contract/units.ts';
import type { JsonObject } from '../../contract/words.ts';
import { flawOf } from '../node/schema-check.ts';
import { FAULT_NAMES, type FaultName, faultKindOf } from './faults/catalogue.ts';
import type { Strike } from './strike.ts';

/** Plans as files: YAML or JSON, `{ faults: [{ at: 5s, for: 10s, kind: partition, groups: [[0, 1]] }] }`. */

const milliseconds: JsonObject = { type: 'number', minimum: 0 };
const schemas = new Map<FaultName, JsonObject>();

function schemaOf(kind: FaultName): JsonObject {
  let schema = schemas.get(kind);
  if (schema === undefined) {
    schema = shape({ at: milliseconds, 'for?': milliseconds, kind: { const: kind }, ...faultKindOf(kind).params });
    schemas.set(kind, schema);
  }
  return schema;
}

/**
 * The plan in a file's text. `at` and `for` are milliseconds, or durations such as `5s`.
 *
 * @param file how messages call it
 * @throws Fault `malformed` that says which fault is wrong, and how
 */
export function parsePlan(text: string, file: string): Strike[] {
  const faults = faultsIn(text, file);
  if (faults.length > LIMITS.planStrikesMax)
    throw new Fault('malformed', `${file}: ${faults.length} faults, where ${LIMITS.planStrikesMax} is the limit`);
  return faults.map((fault, index) => strikeOf(fault, `${file}: fault ${index + 1}`));
}

function faultsIn(text: string, file: string): readonly unknown[] {
  if (Buffer.byteLength(text) > LIMITS.planBytesMax)
    throw new Fault('malformed', `${file} has more than ${LIMITS.planBytesMax} bytes`);
  const document = documentOf(text, file);
  const faults = isObject(document) ? document.faults : undefined;
  if (Array.isArray(faults)) return faults;
  throw new Fault('malformed', `${file}: it is an object with a list, 'faults'`);
}

function documentOf(text: string, file: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    throw new Fault('malformed', `${file}: ${error.message}`, { cause: error });
  }
}

function strikeOf(value: unknown, where: string): Strike {
  if (!isObject(value)) throw new Fault('malformed', `${where} is no object`);
  const { kind } = value;
  if (typeof kind !== 'string' || !isFaultName(kind))
    throw new Fault(
      'malformed',
      `${where}: there is no kind ${JSON.stringify(kind)}${didYouMean(String(kind), FAULT_NAMES)}`,
    );
  const strike = {
    ...value,
    at: millisecondsOf(value.at),
    ...('for' in value ? { for: millisecondsOf(value.for) } : {}),
  };
  const flaw = flawOf(schemaOf(kind), strike);
  if (flaw !== undefined) throw new Fault('malformed', `${where}, ${kind}: ${flaw}`);
  return strike as unknown as Strike;
}

function millisecondsOf(value: unknown): unknown {
  return typeof value === 'string' ? (parseDuration(value) ?? value) : value;
}

/** The same plan as a file, one fault a line. @example writePlan(verdict.plan) */
export function writePlan(plan: readonly Strike[]): string {
  const lines = plan.map(({ at, for: lastsMs, kind, ...params }) => {
    const times = { at: written(at), ...(lastsMs === undefined ? {} : { for: written(lastsMs) }) };
    return `  ${JSON.stringify({ ...times, kind, ...params })}`;
  });
  return `{ "faults": [\n${lines.join(',\n')}\n] }\n`;
}

/** Durations begin at 1 ms, and are whole. */
function written(ms: number): string | number {
  return Number.isInteger(ms) && ms > 0 ? formatDuration(ms) : ms;
}

function isFaultName(name: string): name is FaultName {
  return (FAULT_NAMES as readonly string[]).includes(name);
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
