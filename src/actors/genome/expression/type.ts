import { nearest } from '../../../contract/nearest.ts';
import type { Position } from '../problems.ts';

/**
 * The static types of expressions: what is known of a value before there is one. Every expression of a genome has
 * exactly one, and none is dynamic, so that whatever can be wrong with a type is found when the genome is checked.
 */
export type Type =
  | { readonly is: 'boolean' | 'integer' | 'number' | 'json' }
  /** `values` are all it can be: of a literal itself, of a shape its `enum`. */
  | { readonly is: 'string'; readonly values?: readonly string[] }
  | { readonly is: 'list'; readonly items: Type }
  | { readonly is: 'map'; readonly values: Type }
  | { readonly is: 'object'; readonly fields: ReadonlyMap<string, Field> }
  /** What an empty list or map has inside: it fits everything. */
  | { readonly is: 'nothing' }
  /** Of what a problem was reported of already: it fits everything too, so that one mistake is told once. */
  | { readonly is: 'wrong' };

export interface Field {
  readonly type: Type;
  /** Where the genome declares it; absent for what an expression makes itself. */
  readonly declared?: Declared;
}

/** A name that a genome declares. Reading it marks it as used. */
export interface Declared {
  readonly name: string;
  readonly at: Position;
  used: boolean;
}

export const BOOLEAN: Type = { is: 'boolean' };
export const INTEGER: Type = { is: 'integer' };
export const NUMBER: Type = { is: 'number' };
export const STRING: Type = { is: 'string' };
export const JSON_VALUE: Type = { is: 'json' };
export const NOTHING: Type = { is: 'nothing' };
export const WRONG: Type = { is: 'wrong' };

/** An object type of plain fields, as the runtime and the tests write one down. */
export function objectOf(fields: { readonly [name: string]: Type }): Type {
  return { is: 'object', fields: new Map(Object.entries(fields).map(([name, type]) => [name, { type }])) };
}

/** More literals than this are any text: a union is for telling them apart, not for listing them. */
const VALUES_MAX = 32;

/**
 * Whether a value of one type may be put where the other is wanted. Whole numbers fit where any number does; all fits
 * `json`.
 */
export function fits(from: Type, to: Type): boolean {
  if (from === to) return true;
  if (from.is === 'wrong' || to.is === 'wrong' || from.is === 'nothing' || to.is === 'json') return true;
  if (from.is === 'integer' && to.is === 'number') return true;
  if (from.is === 'string' && to.is === 'string') {
    const { values } = to;
    return values === undefined || (from.values?.every((value) => values.includes(value)) ?? false);
  }
  if (from.is === 'list' && to.is === 'list') return fits(from.items, to.items);
  if (from.is === 'map' && to.is === 'map') return fits(from.values, to.values);
  if (from.is === 'object' && to.is === 'map') return fieldTypes(from).every((type) => fits(type, to.values));
  if (from.is === 'object' && to.is === 'object') return fitsFields(from.fields, to.fields);
  return from.is === to.is && from.is !== 'object';
}

function fitsFields(from: ReadonlyMap<string, Field>, to: ReadonlyMap<string, Field>): boolean {
  if (from.size !== to.size) return false;
  for (const [name, { type }] of to) {
    const given = from.get(name);
    if (given === undefined || !fits(given.type, type)) return false;
  }
  return true;
}

/** The type of what is one or the other; undefined where they have nothing in common. Numbers don't mix, as in CEL. */
export function join(one: Type, other: Type): Type | undefined {
  if (one === other) return one;
  if (one.is === 'wrong' || other.is === 'nothing') return one;
  if (other.is === 'wrong' || one.is === 'nothing') return other;
  if (one.is === 'string' && other.is === 'string') return joinTexts(one.values, other.values);
  if (one.is === 'list' && other.is === 'list') {
    const items = join(one.items, other.items);
    return items === undefined ? undefined : { is: 'list', items };
  }
  if (one.is === 'object' && other.is === 'object' && sameNames(one.fields, other.fields)) {
    return joinFields(one.fields, other.fields);
  }
  if (isMapLike(one) && isMapLike(other)) {
    const values = joinAll([...insides(one), ...insides(other)]);
    return values === undefined ? undefined : { is: 'map', values };
  }
  return one.is === other.is ? one : undefined;
}

export function joinAll(types: readonly Type[]): Type | undefined {
  return types.reduce<Type | undefined>((all, type) => (all === undefined ? undefined : join(all, type)), NOTHING);
}

function joinTexts(one: readonly string[] | undefined, other: readonly string[] | undefined): Type {
  const values = one === undefined || other === undefined ? undefined : [...new Set([...one, ...other])];
  return values === undefined || values.length > VALUES_MAX ? STRING : { is: 'string', values };
}

function sameNames(one: ReadonlyMap<string, Field>, other: ReadonlyMap<string, Field>): boolean {
  return one.size === other.size && [...one.keys()].every((name) => other.has(name));
}

function joinFields(one: ReadonlyMap<string, Field>, other: ReadonlyMap<string, Field>): Type | undefined {
  const fields = new Map<string, Field>();
  for (const [name, { type }] of one) {
    const joined = join(type, other.get(name)?.type ?? NOTHING);
    if (joined === undefined) return undefined;
    fields.set(name, { type: joined });
  }
  return { is: 'object', fields };
}

type MapLike = Extract<Type, { is: 'object' | 'map' }>;

function isMapLike(type: Type): type is MapLike {
  return type.is === 'object' || type.is === 'map';
}

function insides(type: MapLike): readonly Type[] {
  return type.is === 'map' ? [type.values] : fieldTypes(type);
}

function fieldTypes(type: Extract<Type, { is: 'object' }>): readonly Type[] {
  return [...type.fields.values()].map((field) => field.type);
}

/** How messages call a type: `integer`, `list of string`, `{id, votes}`. */
export function describeType(type: Type): string {
  switch (type.is) {
    case 'list':
      return `list of ${describeType(type.items)}`;
    case 'map':
      return `map of ${describeType(type.values)}`;
    case 'object':
      return `{${[...type.fields.keys()].join(', ')}}`;
    case 'string':
      return type.values === undefined ? 'string' : `string (${type.values.map((value) => `'${value}'`).join(', ')})`;
    default:
      return type.is;
  }
}

/** Why a type doesn't fit where another one is wanted. */
export interface Mismatch {
  readonly text: string;
  readonly meant?: string | undefined;
  /** Of an object: the field that is wrong. */
  readonly field?: string | undefined;
}

/** Of texts, which one is none of those that may be; of objects, which field is none of theirs or of another type. */
export function mismatch(given: Type, wanted: Type): Mismatch {
  if (given.is === 'string' && wanted.is === 'string' && given.values !== undefined && wanted.values !== undefined) {
    const { values } = wanted;
    const stranger = given.values.find((value) => !values.includes(value)) ?? '';
    const text = `'${stranger}' is none of ${values.map((value) => `'${value}'`).join(', ')}`;
    return { text, meant: nearest(stranger, values) };
  }
  const inside =
    given.is === 'object' && wanted.is === 'object' ? fieldMismatch(given.fields, wanted.fields) : undefined;
  return inside ?? { text: `this is ${describeType(given)}, must be ${describeType(wanted)}` };
}

type Fields = ReadonlyMap<string, Field>;

function fieldMismatch(given: Fields, wanted: Fields): Mismatch | undefined {
  const stranger = [...given.keys()].find((name) => !wanted.has(name));
  if (stranger !== undefined) {
    const meant = nearest(
      stranger,
      [...wanted.keys()].filter((name) => !given.has(name)),
    );
    const text = `there is no field '${stranger}', only ${[...wanted.keys()].join(', ')}${declaredText(meant, wanted)}`;
    return { text, meant, field: stranger };
  }
  const misfit = [...given].find(([name, { type }]) => !fits(type, wanted.get(name)?.type ?? type));
  if (misfit === undefined) return undefined;
  const [name, { type }] = misfit;
  const { text, meant } = mismatch(type, wanted.get(name)?.type ?? type);
  return { text: `of the field '${name}': ${text}${declaredText(name, wanted)}`, meant, field: name };
}

/** Where the genome declares a field, to be put at the end of a sentence. */
export function declaredText(name: string | undefined, fields: Fields): string {
  const declared = name === undefined ? undefined : fields.get(name)?.declared;
  return declared === undefined ? '' : `; '${declared.name}' is declared at ${declared.at.line}:${declared.at.column}`;
}

/** Every name inside counts as used: the value leaves as a whole. */
export function useWhole(type: Type): void {
  if (type.is === 'list') useWhole(type.items);
  if (type.is === 'map') useWhole(type.values);
  if (type.is !== 'object') return;
  for (const field of type.fields.values()) {
    if (field.declared !== undefined) field.declared.used = true;
    useWhole(field.type);
  }
}
