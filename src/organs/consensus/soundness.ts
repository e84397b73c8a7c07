import { fromBase64url, isId, isShardHash, nodeIdOf } from '../../contract/encoding.ts';
import type { Entry } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Proof, TreeMap } from '../../contract/words.ts';
import type { Vouch } from './facts.ts';

/**
 * Whether what a proof covers is an entry at all. The voters vouch for it, but a defect of one of them must not end the
 * organ of everybody else: what is not sound is refused before anything of it is applied.
 */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const nodeId: Check = (value) => typeof value === 'string' && isId(value);
const hash: Check = (value) => typeof value === 'string' && isShardHash(value);
const json: Check = (value) => value !== undefined;
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const among =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const whole =
  (min: number, max = Number.MAX_SAFE_INTEGER): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** Other fields may be there: a newer leader may know more. */
const shape =
  (fields: { readonly [name: string]: Check }): Check =>
  (value) =>
    object(value) && Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));

/** Every check holds. */
const every =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.every((check) => check(value));
/** The id in this field is that of the key beside it: nobody, not even a voter, can give another's name to a key. */
const keyed =
  (field: string): Check =>
  (value) => {
    const { spki, [field]: name } = value as { readonly spki: string; readonly [name: string]: unknown };
    const key = fromBase64url(spki);
    return key !== undefined && nodeIdOf(key) === name;
  };

const slot = whole(1, LIMITS.nodesMax);
const weight = whole(1);
const member = every(
  shape({ node: nodeId, spki: text, urls: listOf(text), zone: text, incarnation: whole(0), revoked: flag }),
  keyed('node'),
);
const place = shape({ tree: nodeId, slot, weight, seed: text });
const join = shape({ member, places: listOf(place), invitation: nullOr(nodeId) });
const move = shape({ tree: nodeId, slot, from: nodeId, to: nullOr(nodeId) });
const write = shape({ key: isRegisterKey as Check, expected: whole(0), value: json });
const genome = shape({ genome: text, fanout: whole(1, LIMITS.fanoutMax), weight, seed: text });
const invitation = every(shape({ id: nodeId, spki: text, usesLeft: whole(1), expiresAt: whole(0) }), keyed('id'));

const ENTRIES: { readonly [T in Entry['type']]: Check } = {
  FOUND: shape({
    founder: member,
    genomes: listOf(genome),
    config: object,
    operator: text,
    nonce: text,
    charter: text,
  }),
  INVITE: shape({ invitation }),
  JOIN: shape({ joins: listOf(join) }),
  REPLACE: shape({ nodes: listOf(nodeId), reason: among('left', 'dead', 'revoked', 'failed'), moves: listOf(move) }),
  RETURN: shape({ member }),
  VOTERS: shape({ voters: listOf(nodeId), leaving: absentOr(listOf(nodeId)) }),
  PROMOTE: shape({ generation: whole(1), after: whole(1), hash, by: nodeId, keeps: listOf(nodeId), warrant: text }),
  LEAD: shape({ leader: nodeId }),
  SET: shape({ tree: nodeId, writes: listOf(write) }),
  CONFIG: shape({ key: text, value: json }),
  ORDER: shape({ tree: nodeId, hashes: listOf(hash) }),
};

export function isEntry(value: unknown): value is Entry {
  const type: unknown = object(value) && (value as { type?: unknown }).type;
  return typeof type === 'string' && Object.hasOwn(ENTRIES, type) && ENTRIES[type as Entry['type']](value);
}

const signature = shape({ node: nodeId, signature: text });
const proof = shape({
  organism: nodeId,
  generation: whole(0),
  epoch: whole(0),
  version: whole(0),
  hash,
  signatures: listOf(signature),
});

const vouch = shape({ version: whole(0), hash, signature: text });

export function isSignature(value: unknown): value is Vouch {
  return vouch(value);
}

/** What a peer gives as a reason comes without a schema. */
export function isProof(value: unknown): value is Proof {
  return proof(value);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** What every store can keep as a part of a key: not empty, well-formed, `LIMITS.registerKeyMax` bytes at most. */
export function isRegisterKey(key: unknown): key is string {
  if (typeof key !== 'string' || key === '' || LONE_SURROGATE.test(key)) return false;
  return Buffer.byteLength(key) <= LIMITS.registerKeyMax;
}

/** True where every slot of 1..n has a cell and no cell has two. */
export function isWhole(map: TreeMap): boolean {
  const nodes = new Set(Array.from(map.slots, (occupant) => occupant?.node));
  return nodes.size === map.slots.length && !nodes.has(undefined as never);
}
