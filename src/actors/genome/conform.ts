import { canonical } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { Meter } from './expression/meter.ts';
import { emptyMap, isMap, lengthOf } from './expression/value.ts';
import type { ObjectShape, Shape, TextShape } from './shape.ts';

/** A value that is not of its shape. The message says which part, and why: `title has 300 characters, at most 200`. */
export class Misfit extends Error {
  /** The keys that lead to the part that is wrong. */
  readonly trail: (string | number)[] = [];
  /** A field that the object there does not have, and the one that may have been meant. */
  readonly stranger: string | undefined;
  readonly meant: string | undefined;
  readonly #says: string;

  constructor(says: string, stranger?: string, meant?: string) {
    super();
    this.name = 'Misfit';
    this.#says = says;
    this.stranger = stranger;
    this.meant = meant;
    this.message = `the value ${says}`;
  }

  /** The same, seen from one level further out. */
  within(key: string | number): this {
    this.trail.unshift(key);
    const path = this.trail.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    this.message = `${path.replace(/^[.]/, '')} ${this.#says}`;
    return this;
  }
}

/** Runs a check of a part; what is wrong with it says where it is. */
function within<T>(key: string | number | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Misfit && key !== undefined ? error.within(key) : error;
  }
}

/**
 * The value as its shape has it: defaults filled in, keys in the order of the shape. What comes from outside and what
 * expressions give both pass here, so that nothing of another shape is ever stored or sent. `name` is what messages call
 * the whole of it.
 *
 * @throws Misfit
 * @example conform(objectShape({ by: wholeShape(1) }), { by: 2 }) // { by: 2 }
 */
export function conform(shape: Shape, value: Json | undefined, name?: string, meter: Meter = new Meter()): Json {
  return within(name, () => conformed(shape, value, meter));
}

function conformed(shape: Shape, value: Json | undefined, meter: Meter): Json {
  meter.spend(1);
  switch (shape.type) {
    case 'wrong':
      return value ?? null;
    case 'boolean':
      return typeof value === 'boolean' ? value : misfit(value, 'true or false');
    case 'integer':
    case 'number':
      return conformNumber(shape, value);
    case 'string':
      return conformText(shape, value, meter);
    case 'json':
      return conformJson(shape.maxBytes, value, meter);
    case 'list':
      return conformList(shape, value, meter);
    case 'map':
      return conformMap(shape, value, meter);
    case 'object':
      return conformObject(shape, value, meter);
  }
}

function misfit(value: Json | undefined, wanted: string): never {
  throw new Misfit(`is ${value === undefined ? 'not given' : kindOf(value)}, must be ${wanted}`);
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function conformNumber(shape: Extract<Shape, { minimum: number }>, value: Json | undefined): number {
  const isWhole = shape.type === 'integer';
  if (typeof value !== 'number' || !(isWhole ? Number.isSafeInteger(value) : Number.isFinite(value))) {
    return misfit(value, isWhole ? 'a whole number within 2^53 - 1' : 'a finite number');
  }
  if (value < shape.minimum) throw new Misfit(`is ${value}, less than ${shape.minimum}`);
  if (value > shape.maximum) throw new Misfit(`is ${value}, more than ${shape.maximum}`);
  // -0 would be another number in canonical JSON.
  return value === 0 ? 0 : value;
}

function conformText(shape: TextShape, value: Json | undefined, meter: Meter): string {
  if (typeof value !== 'string') return misfit(value, 'a text');
  // Bounded in units first: nobody counts the characters of a megabyte to refuse it.
  if (value.length > 2 * shape.maxLength) throw new Misfit(`has more than ${shape.maxLength} characters`);
  meter.spendText(value.length);
  const length = lengthOf(value);
  if (length > shape.maxLength) throw new Misfit(`has ${length} characters, at most ${shape.maxLength}`);
  if (length < shape.minLength) throw new Misfit(`has ${length} characters, at least ${shape.minLength}`);
  if (shape.values !== undefined && !shape.values.includes(value)) {
    throw new Misfit(`is none of ${shape.values.map((one) => `'${one}'`).join(', ')}`);
  }
  if (shape.pattern?.test(value, meter) === false) throw new Misfit(`does not match ${shape.pattern.source}`);
  return value;
}

function conformJson(maxBytes: number, value: Json | undefined, meter: Meter): Json {
  if (value === undefined) return misfit(value, 'any JSON');
  countParts(value, LIMITS.genomeDepthMax, meter);
  const bytes = Buffer.byteLength(canonical(value as object));
  meter.spendText(bytes);
  if (bytes > maxBytes) throw new Misfit(`has ${bytes} bytes, at most ${maxBytes}`);
  return value;
}

/** Before the value is written as text, which takes as long as it is large and as deep as it is nested. */
function countParts(value: Json, levels: number, meter: Meter): void {
  meter.spend(1);
  if (typeof value === 'string') meter.spendText(value.length);
  if (typeof value !== 'object' || value === null) return;
  if (levels === 0) throw new Misfit(`is nested more than ${LIMITS.genomeDepthMax} levels deep`);
  if (Object.hasOwn(value, '__proto__')) throw new Misfit("has the key '__proto__'");
  for (const part of Object.values(value)) countParts(part as Json, levels - 1, meter);
}

function conformList(
  { items, maxItems }: Extract<Shape, { type: 'list' }>,
  value: Json | undefined,
  meter: Meter,
): Json {
  if (!Array.isArray(value)) return misfit(value, 'a list');
  const list = value as readonly Json[];
  if (list.length > maxItems) throw new Misfit(`has ${list.length} items, at most ${maxItems}`);
  return list.map((item, index) => within(index, () => conformed(items, item, meter)));
}

function conformMap(
  { values, maxEntries }: Extract<Shape, { type: 'map' }>,
  value: Json | undefined,
  meter: Meter,
): Json {
  if (value === undefined || !isMap(value)) return misfit(value, 'a map');
  const entries = Object.entries(value);
  if (entries.length > maxEntries) throw new Misfit(`has ${entries.length} entries, at most ${maxEntries}`);
  const map = emptyMap();
  for (const [key, inner] of entries) {
    if (key === '__proto__') throw new Misfit("has the key '__proto__'");
    if (lengthOf(key) > LIMITS.mapKeyMax) throw new Misfit(`has a key of more than ${LIMITS.mapKeyMax} characters`);
    map[key] = within(key, () => conformed(values, inner, meter));
  }
  return map;
}

function conformObject({ fields }: ObjectShape, value: Json | undefined, meter: Meter): JsonObject {
  if (value === undefined || !isMap(value)) return misfit(value, 'a map');
  const stranger = Object.keys(value).find((name) => !fields.has(name));
  if (stranger !== undefined) {
    const names = [...fields.keys()];
    throw new Misfit(
      `has no field '${stranger.slice(0, 60)}', only ${names.join(', ')}`,
      stranger,
      nearest(stranger, names),
    );
  }
  const object = emptyMap();
  for (const [name, { shape, initial }] of fields) {
    const given = Object.hasOwn(value, name) ? value[name] : initial;
    object[name] = within(name, () => conformed(shape, given, meter));
  }
  return object;
}

/**
 * A value that an expression made, on its way out: JSON, without what JSON can't carry.
 *
 * @throws Misfit for a number that is not finite
 */
export function outward(value: Json, meter: Meter): Json {
  meter.spend(1);
  if (typeof value === 'string') meter.spendText(value.length);
  if (typeof value === 'number') return conformNumber(ANY_NUMBER, value);
  if (Array.isArray(value)) return value.map((item: Json, index) => within(index, () => outward(item, meter)));
  if (!isMap(value)) return value;
  const map = emptyMap();
  for (const [key, inner] of Object.entries(value)) map[key] = within(key, () => outward(inner, meter));
  return map;
}

const ANY_NUMBER = { type: 'number', minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE } as const;
