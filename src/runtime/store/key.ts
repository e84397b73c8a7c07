import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { RangeOptions } from '../../contract/ports.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws `malformed` for what not every store could keep under exactly this key. */
export function checkKey(key: string): void {
  // Three bytes a code unit at most: most keys need no counting.
  const fits = key.length * 3 <= LIMITS.storeKeyMax || Buffer.byteLength(key) <= LIMITS.storeKeyMax;
  if (key.length === 0 || !fits || LONE_SURROGATE.test(key)) {
    throw new Fault('malformed', `A key of the store is 1-${LIMITS.storeKeyMax} bytes of well-formed UTF-8.`);
  }
}

/** The order of UTF-8 bytes. It differs from JavaScript's own where surrogates meet U+E000-U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for U+10000 and above, behind U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The first place in ascending `keys` whose key is `key` or comes after it. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The keys of `keys` (ascending) that a range names, in the range's order. */
export function selectKeys(keys: readonly string[], options: RangeOptions): string[] {
  const { prefix = '', after, limit = keys.length, reverse = false } = options;
  let from = lowerBound(keys, prefix);
  let to = from;
  // Keys with one prefix lie side by side, so their end is found by halving too.
  for (let high = keys.length; to < high; ) {
    const middle = (to + high) >>> 1;
    if ((keys[middle] as string).startsWith(prefix)) to = middle + 1;
    else high = middle;
  }
  if (after !== undefined) from = Math.max(from, afterBound(keys, after));
  if (from >= to) return [];
  return reverse ? keys.slice(Math.max(from, to - limit), to).reverse() : keys.slice(from, Math.min(to, from + limit));
}

function afterBound(keys: readonly string[], after: string): number {
  const at = lowerBound(keys, after);
  return keys[at] === after ? at + 1 : at;
}
