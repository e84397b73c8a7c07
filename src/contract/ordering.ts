import { sha256Hex } from './encoding.ts';
import type { Ordering } from './words.ts';

/** A tree in which nothing was ordered yet. */
export const UNORDERED: Ordering = { count: 0, chain: '0'.repeat(64) };

/**
 * The places that messages take behind those that have theirs. Whoever knows what stood before can check a list of
 * hashes against the committed `chain`, whoever handed the list over.
 *
 * @param hashes hexadecimal SHA-256 of what the authors signed, in their order
 * @example inOrder(UNORDERED, [a, b]).count // 2
 */
export function inOrder(before: Ordering, hashes: readonly string[]): Ordering {
  let { chain } = before;
  for (const hash of hashes) chain = sha256Hex(chain, hash);
  return { count: before.count + hashes.length, chain };
}
