import type { Json } from '../../contract/words.ts';

/** What `frozenJson` has made: it can be handed on without another copy. */
const made = new WeakSet<object>();

/**
 * A deeply frozen copy of what JSON keeps of a value: members that are undefined are left out, and numbers that are
 * none become null. What is such a copy already is returned as it is.
 */
export function frozenJson(value: Json): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is not JSON.`);
  if (made.has(value)) return value;
  const copy = Object.freeze(Array.isArray(value) ? value.map(element) : members(value as { [key: string]: Json }));
  made.add(copy);
  return copy;
}

function element(value: Json | undefined): Json {
  return value === undefined ? null : frozenJson(value);
}

function members(value: { readonly [key: string]: Json | undefined }): { [key: string]: Json } {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('Only plain objects are JSON.');
  const copy: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    // A plain assignment to `__proto__` would change what the copy is, not what it has.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: frozenJson(member), enumerable: true });
    else copy[key] = frozenJson(member);
  }
  return copy;
}
