import type { Json } from './words.ts';

/** What `frozenJson` has made of objects that hold others: it can be handed on without another copy. */
const made = new WeakSet<object>();

/**
 * A deeply frozen copy of what JSON keeps of a value: members that are undefined are left out, and numbers that are
 * none become null. What is such a copy already is returned as it is. It is what disks in memory hold, and what sealed
 * messages are: nobody can change it, so everybody may have it.
 *
 * @throws TypeError for what is not JSON
 */
export function frozenJson<T>(value: T): T {
  return frozen(value as Json, true) as T;
}

/** The same for what is soon forgotten: it isn't remembered as such a copy, which costs as much as making it. */
export function passingJson<T>(value: T): T {
  return frozen(value as Json, false) as T;
}

function frozen(value: Json | undefined, isKept: boolean): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is not JSON.`);
  // Looking into the set costs more than seeing that it can't be there.
  const isFrozen = Object.isFrozen(value);
  if (isFrozen && made.has(value)) return value;
  if (isFrozen && isPlainLeaf(value)) return value;
  return Array.isArray(value)
    ? elements(value, isKept)
    : members(value as { readonly [key: string]: Json | undefined }, isKept);
}

/** What holds no other object isn't kept in the set: it is seen sooner than it is found there. */
function isPlainLeaf(value: object): boolean {
  if (Object.getPrototypeOf(value) !== (Array.isArray(value) ? Array.prototype : Object.prototype)) return false;
  if (Array.isArray(value) && Object.keys(value).length !== value.length) return false;
  return Object.values(value).every((member) => isPlain(member));
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}

function elements(value: readonly (Json | undefined)[], isKept: boolean): Json {
  const copy: Json[] = [];
  // Also over its holes, which JSON writes as null.
  for (let index = 0; index < value.length; index++) {
    const element = value[index];
    copy.push(element === undefined ? null : frozen(element, isKept));
  }
  return sealed(copy, isKept && !copy.every(isPlain));
}

function members(value: { readonly [key: string]: Json | undefined }, isKept: boolean): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('Only plain objects are JSON.');
  let isLeaf = true;
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    const kept = frozen(member, isKept);
    isLeaf &&= typeof kept !== 'object' || kept === null;
    // A plain assignment to `__proto__` would change what the copy is, not what it has.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: kept, enumerable: true });
    else copy[key] = kept;
  }
  return sealed(copy, isKept && !isLeaf);
}

function sealed(copy: Json & object, isKept: boolean): Json {
  Object.freeze(copy);
  if (isKept) made.add(copy);
  return copy;
}
