import { canonical, sha256 } from './encoding.ts';
import type { Promotion } from './entries.ts';

/** Bits of a generation that come from the decision itself. */
const TAG = 2 ** 32;

/**
 * The number of the generation that a decision begins. Its upper part counts; its lower 32 bits are a hash of the decision, so
 * that two sides which are promoted apart from each other have different ones, and the higher wins wherever they meet.
 *
 * @example nextGeneration(1, { after, hash, by, keeps }) // between 2 ** 32 and 2 ** 33
 */
export function nextGeneration(
  generation: number,
  decision: Pick<Promotion, 'after' | 'hash' | 'by' | 'keeps'>,
): number {
  const { after, hash, by, keeps } = decision;
  const digest = sha256(canonical({ after, by, hash, keeps }));
  const tag = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  return (Math.floor(generation / TAG) + 1) * TAG + tag;
}

/** For people: 1 for the founding, and one more for each decision since. */
export function ordinalOf(generation: number): number {
  return Math.floor(generation / TAG) + 1;
}
