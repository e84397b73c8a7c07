import { sha256Hex } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { FileId, NodeId, TreeMap } from '../../contract/words.ts';

/**
 * Which cells hold which part of the memory. A file belongs to a part by its id, for ever; a part belongs to the cells that
 * rank highest for it by rendezvous hashing over the committed slots, so that everybody agrees and a cell that comes or goes
 * moves only its own parts.
 */

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Ids are random: their first characters spread evenly. */
export function partOf(id: FileId): number {
  return (ALPHABET.indexOf(id[0] ?? 'a') * 32 + ALPHABET.indexOf(id[1] ?? 'a')) % LIMITS.memoryParts;
}

const rankings = new WeakMap<TreeMap, readonly (readonly NodeId[])[]>();

/** All cells for a part, the first LIMITS.memoryCopies of which hold it. */
export function ranking(map: TreeMap, part: number): readonly NodeId[] {
  let parts = rankings.get(map);
  if (parts === undefined) {
    parts = Array.from({ length: LIMITS.memoryParts }, (_, number) => rankedFor(map, number));
    rankings.set(map, parts);
  }
  return parts[part] ?? [];
}

function rankedFor({ slots }: TreeMap, part: number): NodeId[] {
  const scored = slots.map(({ node, seed }) => ({ node, score: sha256Hex(`${part}:${seed}:${node}`) }));
  scored.sort((a, b) => (a.score < b.score ? -1 : 1));
  return scored.map(({ node }) => node);
}

export function holders(map: TreeMap, part: number): readonly NodeId[] {
  return ranking(map, part).slice(0, LIMITS.memoryCopies);
}

/** The parts that a cell should hold, ascending. */
export function partsOf(map: TreeMap, node: NodeId): number[] {
  return ALL_PARTS.filter((part) => holders(map, part).includes(node));
}

export const ALL_PARTS: readonly number[] = Array.from({ length: LIMITS.memoryParts }, (_, part) => part);
