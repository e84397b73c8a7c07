import { isId, isShardHash } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import { isAmount } from './amount.ts';

/**
 * Whether a value that came from outside has exactly the shape of what it claims to be. What is signed has one spelling:
 * an unknown member, a number where a text belongs or a list that is too long is refused, never mended.
 */
export type Check = (value: unknown) => boolean;

const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const hash: Check = (value) => typeof value === 'string' && isShardHash(value);
export const id: Check = (value) => typeof value === 'string' && isId(value);
export const amount: Check = isAmount;
export const nothing: Check = (value) => value === null;

/** A key or a signature: base64url, whose spelling the signer checks. */
export const key: Check = matching(/^[A-Za-z0-9_-]{1,256}$/);

export function exactly(...values: readonly unknown[]): Check {
  return (value) => values.includes(value);
}

export function matching(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

export function whole(min: number, max: number = Number.MAX_SAFE_INTEGER): Check {
  return (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

export function either(...checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value));
}

export function listOf(item: Check, min: number, max: number): Check {
  return (value) => Array.isArray(value) && value.length >= min && value.length <= max && value.every(item);
}

/** A list whose items are each of their own kind. */
export function tuple(...items: readonly Check[]): Check {
  return (value) =>
    Array.isArray(value) && value.length === items.length && items.every((item, index) => item(value[index]));
}

/** No member is missing and none is added, but for those whose name ends with `?`, which may be left out. */
export function shape(fields: { readonly [name: string]: Check }): Check {
  const checks = new Map(Object.entries(fields).map(([name, check]) => [name.replace(/\?$/, ''), check]));
  const required = Object.keys(fields).filter((name) => !name.endsWith('?'));
  return (value) => {
    if (!object(value)) return false;
    const members = value as { readonly [name: string]: unknown };
    return (
      required.every((name) => Object.hasOwn(members, name)) &&
      Object.keys(members).every((name) => checks.get(name)?.(members[name]) === true)
    );
  };
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Text for people: well-formed Unicode, compared by its code units and by nothing else. */
export function words(min: number, max: number): Check {
  return (value) =>
    typeof value === 'string' && value.length >= min && value.length <= max && !LONE_SURROGATE.test(value);
}

export const sequence = whole(1);
export const ballot = whole(0);
export const committeeNumber = whole(1);
export const seat = whole(0, LIMITS.ledgerSeatsMax - 1);
