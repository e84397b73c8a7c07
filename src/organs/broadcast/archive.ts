import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Told } from './messages.ts';

/** A message that is kept for those who missed it. */
export interface Kept {
  readonly message: Told;
  /** Of its canonical form, about. */
  readonly bytes: number;
  /** When it was told first, by this node's monotonic milliseconds: who hands it on says how old it is, and no clock. */
  readonly bornAt: number;
  /** Who counts this cell among those that have it; null where nobody does. */
  readonly towards: NodeId | null;
}

/**
 * The latest messages of a tree, in the order of their arrival: no more than `LIMITS.broadcastRetained`, nor than
 * `LIMITS.broadcastRetainedBytes`, and none older than `LIMITS.broadcastExpiryMs`. In chunks, so that adding one copies few.
 */
export interface Archive {
  readonly count: number;
  readonly bytes: number;
  /** None of them is empty. */
  readonly chunks: readonly (readonly Kept[])[];
}

export const EMPTY_ARCHIVE: Archive = { count: 0, bytes: 0, chunks: [] };

const CHUNK = 64;

/** @param now monotonic milliseconds */
export function archive(before: Archive, kept: Kept, now: number): Archive {
  const last = before.chunks.at(-1);
  const chunks =
    last === undefined || last.length >= CHUNK
      ? [...before.chunks, [kept]]
      : [...before.chunks.slice(0, -1), [...last, kept]];
  return thinned({ count: before.count + 1, bytes: before.bytes + kept.bytes, chunks }, now);
}

/** The age of what came first says when the rest has its turn: whoever hands on something old doesn't do so for long. */
function thinned(full: Archive, now: number): Archive {
  let { count, bytes, chunks } = full;
  const since = now - LIMITS.broadcastExpiryMs;
  for (let oldest = chunks[0]?.[0]; oldest !== undefined; oldest = chunks[0]?.[0]) {
    const fits = count <= LIMITS.broadcastRetained && bytes <= LIMITS.broadcastRetainedBytes;
    if (fits && oldest.bornAt > since) break;
    const rest = chunks[0]?.slice(1) ?? [];
    chunks = rest.length === 0 ? chunks.slice(1) : [rest, ...chunks.slice(1)];
    count -= 1;
    bytes -= oldest.bytes;
  }
  return { count, bytes, chunks };
}

/** Oldest first. */
export function* archived({ chunks }: Archive): Iterable<Kept> {
  for (const chunk of chunks) yield* chunk;
}

/** The newest that fits, looked for from the end: what is asked for again came a moment ago. */
export function findNewest({ chunks }: Archive, fits: (kept: Kept) => boolean): Kept | undefined {
  for (let index = chunks.length - 1; index >= 0; index--) {
    const found = chunks[index]?.findLast(fits);
    if (found !== undefined) return found;
  }
  return undefined;
}
