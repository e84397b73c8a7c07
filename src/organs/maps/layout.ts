import { LIMITS } from '../../contract/limits.ts';

/**
 * The arithmetic of a map. All pieces of a file but the last have the shard size, so sizes and counts follow from two
 * numbers and are never written down. The head names the shards themselves (level 0), or pages that name them (level 1),
 * or pages of such pages (level 2), whichever is the lowest that fits into it.
 */

/** How many shards a file of so many bytes has. */
export function shardCount(bytes: number, shardBytes: number): number {
  return Math.ceil(bytes / shardBytes);
}

/** Size of the piece at `index`, counted from 0. */
export function pieceBytes(index: number, bytes: number, shardBytes: number): number {
  return Math.min(shardBytes, bytes - index * shardBytes);
}

/** How many levels of pages lie between the head and that many shards. */
export function levelsFor(shards: number): number {
  let levels = 0;
  for (let entries = shards; entries > LIMITS.headEntriesMax; levels++) {
    entries = Math.ceil(entries / LIMITS.pageEntriesMax);
  }
  return levels;
}

/** How many entries the head has for that many shards. */
export function headEntries(shards: number): number {
  return Math.ceil(shards / LIMITS.pageEntriesMax ** levelsFor(shards));
}

/** The largest file that a map can hold, in bytes. */
export function fileBytesMax(shardBytes: number): number {
  return LIMITS.filePagesMax * LIMITS.pageEntriesMax * shardBytes;
}
