import { LIMITS } from '../../contract/limits.ts';
import { childSlots, nearestLive, occupantOf, slotOf } from '../../contract/slots.ts';
import type { NodeId, Slot, TreeMap } from '../../contract/words.ts';

/**
 * What a cell that gets a message does for others: `below` it serves the cells below it; in place of the root it serves
 * `all`; and `self` serves nobody, because whoever sent it serves those below as well.
 */
export type Wave = 'all' | 'below' | 'self';

/** Whom a cell passes a message on to, and what they do for others. */
export interface Target {
  readonly node: NodeId;
  readonly wave: 'below' | 'self';
}

/**
 * Whom to serve: the nearest live cells below; with room for it, those below them as well, level by level. A wider
 * wave has fewer hops and costs as many messages, one a cell.
 *
 * @param width cells served at once; 0 for the nearest level alone, however many those are
 * @example targetsOf(map, 'below', self, (node) => isUp(facts, node), 0)
 */
export function targetsOf(
  map: TreeMap,
  wave: Wave,
  self: NodeId,
  isAlive: (node: NodeId) => boolean,
  width: number,
): Target[] {
  const slot = slotOf(map, self);
  if (wave === 'self' || slot === 0) return [];
  const own = childrenOf(map, [slot]);
  // Starting above the root: a root that is only out of the origin's reach still does its part, for other cells too.
  if (wave === 'all' && slot !== 1) return named(map, live(map, [1, ...own], isAlive), 'below', self);
  return widened(map, live(map, own, isAlive), self, isAlive, width);
}

/** The nearest live cells below one that is silent: what it was to serve. */
export function targetsBelow(map: TreeMap, node: NodeId, self: NodeId, isAlive: (node: NodeId) => boolean): Target[] {
  const slot = slotOf(map, node);
  return slot === 0 ? [] : named(map, live(map, childrenOf(map, [slot]), isAlive), 'below', self);
}

function widened(
  map: TreeMap,
  first: readonly Slot[],
  self: NodeId,
  isAlive: (node: NodeId) => boolean,
  width: number,
): Target[] {
  const passed: Slot[] = [];
  let level = first;
  for (;;) {
    const next = passed.length + level.length < width ? live(map, childrenOf(map, level), isAlive) : [];
    if (next.length === 0 || passed.length + level.length + next.length > width) break;
    passed.push(...level);
    level = next;
  }
  return [...named(map, passed, 'self', self), ...named(map, level, 'below', self)];
}

function childrenOf({ fanout, slots }: TreeMap, parents: readonly Slot[]): Slot[] {
  return parents.flatMap((slot) => childSlots(slot, fanout, slots.length));
}

function live(map: TreeMap, slots: readonly Slot[], isAlive: (node: NodeId) => boolean): Slot[] {
  return nearestLive(map, slots, isAlive, LIMITS.waveSlotsMax);
}

function named(map: TreeMap, slots: readonly Slot[], wave: Target['wave'], self: NodeId): Target[] {
  const nodes = new Set(slots.flatMap((slot) => occupantOf(map, slot)?.node ?? []));
  nodes.delete(self);
  return [...nodes].map((node) => ({ node, wave }));
}
