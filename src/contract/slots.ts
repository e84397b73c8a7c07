import type { NodeId, Occupant, Slot, TreeId, TreeMap, View } from './words.ts';

/**
 * Arithmetic of slots: heap order, 1 is the root, `fanout` children each, filled from left to right without gaps.
 */

/** The parent's slot; undefined for the root. */
export function parentSlot(slot: Slot, fanout: number): Slot | undefined {
  return slot <= 1 ? undefined : Math.floor((slot - 2) / fanout) + 1;
}

/** The slots of the children among `count` occupied slots, ascending. */
export function childSlots(slot: Slot, fanout: number, count: number): Slot[] {
  if (slot < 1) return [];
  const first = fanout * (slot - 1) + 2;
  const last = Math.min(fanout * slot + 1, count);
  const slots: Slot[] = [];
  for (let child = first; child <= last; child++) slots.push(child);
  return slots;
}

/** The path from the parent up to the root. */
export function ancestorSlots(slot: Slot, fanout: number): Slot[] {
  const slots: Slot[] = [];
  for (let up = parentSlot(slot, fanout); up !== undefined; up = parentSlot(up, fanout)) slots.push(up);
  return slots;
}

const slotsByMap = new WeakMap<TreeMap, Map<NodeId, Slot>>();

/** The slot a node's cell occupies, 0 where it has none. Linear once per map, then constant: committed maps never change. */
export function slotOf(map: TreeMap, node: NodeId): Slot {
  let slots = slotsByMap.get(map);
  if (slots === undefined) {
    slots = new Map(map.slots.map((occupant, index) => [occupant.node, index + 1]));
    slotsByMap.set(map, slots);
  }
  return slots.get(node) ?? 0;
}

export function occupantOf(map: TreeMap, slot: Slot): Occupant | undefined {
  return map.slots[slot - 1];
}

/** Parent, siblings and children of a slot: the cells that know each other because they work together. */
export function ownPeerGroup(map: TreeMap, slot: Slot): NodeId[] {
  const parent = parentSlot(slot, map.fanout);
  const siblings = parent === undefined ? [] : childSlots(parent, map.fanout, map.slots.length);
  const group = [
    ...(parent === undefined ? [] : [parent]),
    ...siblings,
    ...childSlots(slot, map.fanout, map.slots.length),
  ];
  return nodesAt(map, group).filter((node) => node !== map.slots[slot - 1]?.node);
}

/** The root and the cells next to it in slot order: five at most, each known to every cell. */
export function rootPeerGroup(map: TreeMap): NodeId[] {
  return map.slots.slice(0, 5).map((occupant) => occupant.node);
}

/** Whom a slot watches besides one random cell: parent, children and the neighbours in slot order (a ring). */
export function watchedBy(map: TreeMap, slot: Slot): NodeId[] {
  const count = map.slots.length;
  if (slot < 1 || slot > count) return [];
  const parent = parentSlot(slot, map.fanout);
  const before = slot === 1 ? count : slot - 1;
  const after = slot === count ? 1 : slot + 1;
  const slots = [...(parent === undefined ? [] : [parent]), ...childSlots(slot, map.fanout, count), before, after];
  const self = map.slots[slot - 1]?.node;
  return [...new Set(nodesAt(map, slots))].filter((node) => node !== self);
}

const observersByTrees = new WeakMap<View['trees'], Map<NodeId, readonly NodeId[]>>();

/** Who watches a node by the view's assignment, over all trees. Symmetric to `watchedBy`. */
export function observersOf(view: View, node: NodeId): readonly NodeId[] {
  // Views follow each other quickly, and most of them only set registers: their trees are the same.
  let observers = observersByTrees.get(view.trees);
  if (observers === undefined) {
    observers = new Map();
    observersByTrees.set(view.trees, observers);
  }
  let found = observers.get(node);
  if (found === undefined) {
    found = [...new Set(treesOf(view, node).flatMap(({ map, slot }) => watchedBy(map, slot)))];
    observers.set(node, found);
  }
  return found;
}

/** The trees in which a node has a slot, in the order of the genomes' installation. */
export function treesOf(view: View, node: NodeId): { map: TreeMap; slot: Slot }[] {
  return Object.values(view.trees)
    .map((map) => ({ map, slot: slotOf(map, node) }))
    .filter(({ slot }) => slot > 0)
    .sort((a, b) => view.genomes.indexOf(a.map.genome) - view.genomes.indexOf(b.map.genome));
}

/** Every node that occupies a slot of any tree. */
export function placedNodes(view: View): Set<NodeId> {
  return new Set(Object.values(view.trees).flatMap((map) => map.slots.map((occupant) => occupant.node)));
}

/** Views compare by (generation, version). Positive where `a` is the newer one. */
export function compareFence(
  a: { generation: number; version: number },
  b: { generation: number; version: number },
): number {
  return a.generation - b.generation || a.version - b.version;
}

export function treeMapOf(view: View, tree: TreeId): TreeMap | undefined {
  return view.trees[tree];
}

/**
 * The nearest slots at or below these whose nodes are held alive: a dead cell is replaced by its children, theirs by
 * theirs, and so on. Looks at no more than `limit` slots, so what lies below a great many dead ones is left out.
 *
 * @example nearestLive(map, childSlots(slot, map.fanout, map.slots.length), (node) => aliveIn(facts, node), 64)
 */
export function nearestLive(
  map: TreeMap,
  slots: readonly Slot[],
  alive: (node: NodeId) => boolean,
  limit: number,
): Slot[] {
  const queue = [...slots];
  const found: Slot[] = [];
  for (let i = 0; i < queue.length && i < limit; i++) {
    const slot = queue[i] as Slot;
    const occupant = map.slots[slot - 1];
    if (occupant === undefined) continue;
    if (alive(occupant.node)) found.push(slot);
    else queue.push(...childSlots(slot, map.fanout, map.slots.length));
  }
  return found;
}

function nodesAt(map: TreeMap, slots: readonly Slot[]): NodeId[] {
  return slots.flatMap((slot) => map.slots[slot - 1]?.node ?? []);
}
