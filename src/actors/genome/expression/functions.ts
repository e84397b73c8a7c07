import type { Json, JsonObject } from '../../../contract/words.ts';
import { ExpressionFailure, type Meter } from './meter.ts';
import { BOOLEAN, fits, INTEGER, NUMBER, STRING, type Type } from './type.ts';
import { lengthOf, whole } from './value.ts';

/**
 * A function for arguments of certain types. Those of CEL mean what they mean there; the few that it lacks are for state
 * that is bounded: `slice`, `sum`, `min`, `max`, and `with` and `without` for maps. None depends on time zone, locale or
 * chance. A method takes its receiver as the first argument.
 */
export interface Overload {
  /** How messages and pages write it: `string.contains(string)`. */
  readonly signature: string;
  readonly meaning: string;
  /** The type it gives for arguments of these types; undefined where it doesn't take them. */
  gives(types: readonly Type[]): Type | undefined;
  /** `type` is what it gives. */
  does(values: readonly Json[], meter: Meter, type: Type): Json;
}

/** An overload whose arguments and result have fixed types. */
export function overload(
  signature: string,
  meaning: string,
  takes: readonly Type[],
  type: Type,
  does: (meter: Meter, ...values: never[]) => Json,
): Overload {
  return {
    signature,
    meaning,
    gives: (types) =>
      types.length === takes.length && takes.every((one, i) => takesType(types[i], one)) ? type : undefined,
    does: (values, meter) => does(meter, ...(values as never[])),
  };
}

/** Like `fits`, except that numbers of two kinds don't mix: CEL converts nothing by itself. */
export function takesType(given: Type | undefined, wanted: Type): boolean {
  return given !== undefined && !(given.is === 'integer' && wanted.is === 'number') && fits(given, wanted);
}

/** `size` is a function and a method. */
export const SIZE: Pick<Overload, 'meaning' | 'gives' | 'does'> = {
  meaning: 'Its characters, items or keys.',
  gives: (types) => (types.length === 1 && SIZED.has(types[0]?.is) ? INTEGER : undefined),
  does([value], meter) {
    if (typeof value !== 'string') return Array.isArray(value) ? value.length : Object.keys(value as JsonObject).length;
    meter.spendText(value.length);
    return lengthOf(value);
  },
};

const SIZED: ReadonlySet<Type['is'] | undefined> = new Set<Type['is']>(['string', 'list', 'map', 'wrong', 'nothing']);

/** Called by name: `size(context.tags)`. */
export const FUNCTIONS: { readonly [name: string]: readonly Overload[] } = {
  size: [{ signature: 'size(string | list | map)', ...SIZE }],
  int: [
    overload('int(integer)', 'Itself.', [INTEGER], INTEGER, (_meter, value: number) => value),
    overload('int(number)', 'Without its fraction.', [NUMBER], INTEGER, (_meter, value: number) =>
      whole(Math.trunc(value)),
    ),
    overload('int(string)', 'Read as decimal digits.', [STRING], INTEGER, (_meter, text: string) => readWhole(text)),
  ],
  double: [
    overload('double(number)', 'Itself.', [NUMBER], NUMBER, (_meter, value: number) => value),
    overload('double(integer)', 'As a number with a fraction.', [INTEGER], NUMBER, (_meter, value: number) => value),
    overload('double(string)', 'Read as a decimal number.', [STRING], NUMBER, (_meter, text: string) => readReal(text)),
  ],
  string: [STRING, INTEGER, NUMBER, BOOLEAN].map((type) =>
    overload(`string(${type.is})`, 'As text.', [type], STRING, (_meter, value: Json) => String(value)),
  ),
  min: extreme('min', 'The smaller one.', Math.min),
  max: extreme('max', 'The larger one.', Math.max),
};

function extreme(name: string, meaning: string, pick: (one: number, other: number) => number): Overload[] {
  return [INTEGER, NUMBER].map((type) =>
    overload(`${name}(${type.is}, ${type.is})`, meaning, [type, type], type, (_meter, one: number, other: number) =>
      pick(one, other),
    ),
  );
}

function readWhole(text: string): number {
  if (!/^[+-]?[0-9]{1,20}$/.test(text)) throw new ExpressionFailure('the text is no whole number');
  return whole(Number(text));
}

function readReal(text: string): number {
  if (text.length > 40 || !/^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$/.test(text)) {
    throw new ExpressionFailure('the text is no number');
  }
  return Number(text);
}
