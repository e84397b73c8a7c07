import { canonical, sha256Hex, utf8 } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Signer } from '../../contract/ports.ts';
import type { Committee, Verify } from './committee.ts';
import type { Hash, LedgerId } from './names.ts';

/**
 * Many statements of a validator under one signature: they are the leaves of a hash tree, and its root is signed. Each
 * statement is then shown by itself, with the hashes beside its way up: what is kept of a batch of a thousand is ten
 * hashes, so that a certificate stays small and says nothing of what else was said in the same moment.
 */

/** How a validator's signature covers one statement. */
export type Stamp = {
  readonly seat: number;
  /** From the leaf up: on which side the other half stands, `l` or `r`, and its hash. Empty for a batch of one. */
  readonly path: readonly string[];
  /** Domain `ledger-batch`, over the canonical `{committee, ledger, root, seat}`. */
  readonly signature: string;
};

export interface Seat {
  readonly ledger: LedgerId;
  readonly committee: number;
  readonly seat: number;
}

export const PATH_MAX = Math.ceil(Math.log2(LIMITS.ledgerBatchMax));

/** Leaves and inner nodes are hashed apart, so that nobody can show an inner node as a statement. */
export function leafOf(statement: object): Hash {
  return sha256Hex('\0', canonical(statement));
}

function nodeOf(left: Hash, right: Hash): Hash {
  return sha256Hex('\u0001', left, right);
}

/**
 * A stamp for each statement, in their order. At most LIMITS.ledgerBatchMax at once.
 *
 * @example const [stamp] = stampAll([statement], seat, (bytes) => signer.sign('ledger-batch', bytes))
 */
export function stampAll(
  statements: readonly object[],
  seat: Seat,
  sign: (bytes: Uint8Array) => ReturnType<Signer['sign']>,
): Stamp[] {
  if (statements.length === 0) return [];
  const paths: string[][] = statements.map(() => []);
  let level = statements.map((statement, index) => ({ hash: leafOf(statement), leaves: [index] }));
  while (level.length > 1) {
    level = pairsOf(level).map(([left, right]) => {
      // The odd one out goes up as it is.
      if (right === undefined) return left;
      for (const leaf of left.leaves) paths[leaf]?.push(`r${right.hash}`);
      for (const leaf of right.leaves) paths[leaf]?.push(`l${left.hash}`);
      return { hash: nodeOf(left.hash, right.hash), leaves: [...left.leaves, ...right.leaves] };
    });
  }
  const signature = sign(rootClaim(seat, (level[0] as { hash: Hash }).hash));
  return paths.map((path) => ({ seat: seat.seat, path, signature }));
}

/** True where the committee's key of that seat signed a batch that holds exactly this statement. */
export function isStamped(statement: object, stamp: Stamp, committee: Committee, verify: Verify): boolean {
  return isStampedLeaf(leafOf(statement), stamp, committee, verify);
}

/** The same for a statement that many have made. */
export function isStampedLeaf(leaf: Hash, stamp: Stamp, committee: Committee, verify: Verify): boolean {
  const key = committee.keys[stamp.seat];
  if (key === undefined || stamp.path.length > PATH_MAX) return false;
  const root = stamp.path.reduce((hash, step) => {
    const other = step.slice(1);
    return step.startsWith('l') ? nodeOf(other, hash) : nodeOf(hash, other);
  }, leaf);
  const seat = { ledger: committee.ledger, committee: committee.number, seat: stamp.seat };
  return verify('ledger-batch', rootClaim(seat, root), stamp.signature, key);
}

function rootClaim({ ledger, committee, seat }: Seat, root: Hash): Uint8Array {
  return utf8(canonical({ committee, ledger, root, seat }));
}

function pairsOf<T>(items: readonly T[]): [T, T | undefined][] {
  const pairs: [T, T | undefined][] = [];
  for (let at = 0; at < items.length; at += 2) pairs.push([items[at] as T, items[at + 1]]);
  return pairs;
}
