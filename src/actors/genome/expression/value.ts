import type { Json, JsonObject } from '../../../contract/words.ts';
import { ExpressionFailure, type Meter } from './meter.ts';

/**
 * The values of expressions are JSON. A whole number is a number whose type is `integer`: it stays within what JSON
 * carries exactly, 2^53 - 1 either way, and leaving it is a failure.
 */

/** The result of an operation on whole numbers. A result beyond 2^53 - 1 may be rounded, but never back below it. */
export function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new ExpressionFailure(`the whole number leaves the range of 2^53 - 1`);
  // -0 would be another number in canonical JSON.
  return value === 0 ? 0 : value;
}

export function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of values, counted by what is compared: a list of lists that share their parts can be larger than memory. */
export function equal(one: Json, other: Json, meter: Meter): boolean {
  meter.spend(1);
  if (typeof one === 'string' && typeof other === 'string') {
    meter.spendText(Math.min(one.length, other.length));
    return one === other;
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => equal(item, other[index] as Json, meter));
  }
  if (isMap(one) && isMap(other)) return equalMaps(one, other, meter);
  return one === other;
}

function equalMaps(one: JsonObject, other: JsonObject, meter: Meter): boolean {
  const names = Object.keys(one);
  meter.spend(names.length);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && equal(one[name] as Json, other[name] as Json, meter));
}

/** A map without a prototype, so that no key of a caller's reaches into one. */
export function emptyMap(): Record<string, Json> {
  return Object.create(null) as Record<string, Json>;
}

/** A name that canonical JSON refuses. */
export function checkKey(key: string): string {
  if (key === '__proto__') throw new ExpressionFailure("'__proto__' can't be a key");
  return key;
}

const SURROGATE = /[\ud800-\udfff]/;

/** The characters of a text, as `size` counts them: code points, not UTF-16 units. */
export function characters(text: string): readonly string[] {
  return SURROGATE.test(text) ? Array.from(text) : text.split('');
}

export function lengthOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let length = 0;
  for (let index = 0; index < text.length; length++) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return length;
}
