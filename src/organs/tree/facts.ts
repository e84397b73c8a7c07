import type { Step } from '../../contract/organ.ts';
import { ancestorSlots, parentSlot, slotOf } from '../../contract/slots.ts';
import type { NodeId, Slot, TreeMap } from '../../contract/words.ts';

/** What a cell knows of its place. All of it is volatile: the view is on the disk of the consensus organ. */
export interface TreeFacts {
  readonly self: NodeId;
  readonly map: TreeMap | null;
  /** 0 while it has none. */
  readonly slot: Slot;
  /** Who forwards to this cell, and the version of the map under which both checked child slot > parent slot. */
  readonly edge: { readonly parent: NodeId; readonly version: number } | null;
  /** Whom this cell forwards to. */
  readonly children: { readonly [node: NodeId]: { readonly version: number } };
  /** Peers this node does not hold alive. */
  readonly down: { readonly [node: NodeId]: true };
  /** Candidates of the attachment under way, best first. */
  readonly candidates: readonly NodeId[];
  readonly asking: NodeId | null;
  /** How often in a row the parent that the slots name was only busy. */
  readonly patience: number;
}

export type TreeStep = Step<TreeFacts>;

export const emptyFacts = (self: NodeId): TreeFacts => ({
  self,
  map: null,
  slot: 0,
  edge: null,
  children: {},
  down: {},
  candidates: [],
  asking: null,
  patience: 0,
});

/** The cell that the slots name as this one's parent; null for the root and for a cell without a place. */
export function properParent(facts: TreeFacts): NodeId | null {
  if (facts.map === null || facts.slot === 0) return null;
  const slot = parentSlot(facts.slot, facts.map.fanout);
  return slot === undefined ? null : (facts.map.slots[slot - 1]?.node ?? null);
}

export function isProperChild(facts: TreeFacts, node: NodeId): boolean {
  return facts.map !== null && parentSlot(slotOf(facts.map, node), facts.map.fanout) === facts.slot;
}

/** True where no live cell sits in a lower slot: nobody is there to attach to. */
export function isLowestLive(facts: TreeFacts): boolean {
  const { map, slot, down } = facts;
  return map !== null && !map.slots.some(({ node }, index) => index < slot - 1 && down[node] === undefined);
}

/**
 * True where this cell has its place: its edge carries the version of its map, or it has none because nobody is there to
 * attach to. Only then does it take children, so that the versions of edges never fall on the way up.
 */
export function isAttached(facts: TreeFacts): boolean {
  if (facts.map === null || facts.slot === 0) return false;
  return facts.edge === null ? isLowestLive(facts) : facts.edge.version >= facts.map.version;
}

/**
 * Whom to ask, best first: the parent by the slots, the nearest live ancestors, the neighbour before in slot order, one
 * random lower cell. All have lower slots, so that attachments can't form a cycle.
 */
export function attachmentCandidates(facts: TreeFacts, random: () => number): NodeId[] {
  const { map, slot } = facts;
  if (map === null || slot <= 1) return [];
  const wild = 1 + Math.floor(random() * (slot - 1));
  const slots = [...ancestorSlots(slot, map.fanout), slot - 1, wild];
  const nodes = slots.flatMap((candidate) => map.slots[candidate - 1]?.node ?? []);
  return [...new Set(nodes)].filter((node) => facts.down[node] === undefined);
}

/** Whom to give up for a child that belongs here by its slot: of those that don't, the one whose edge is the oldest. */
export function leastBelonging(facts: TreeFacts): NodeId | undefined {
  const guests = Object.entries(facts.children).filter(([node]) => !isProperChild(facts, node));
  guests.sort(([, a], [, b]) => a.version - b.version);
  return guests[0]?.[0];
}

/** The children that are forwarded to: a silent one is not, until it is heard again. */
export function servedChildren(facts: TreeFacts): NodeId[] {
  return Object.keys(facts.children).filter((node) => facts.down[node] === undefined);
}

/** What of the edges survives a new map: children must still be in higher slots, the parent in a lower one. */
export function withMap(facts: TreeFacts, map: TreeMap): TreeFacts {
  const slot = slotOf(map, facts.self);
  const down = Object.fromEntries(Object.entries(facts.down).filter(([node]) => slotOf(map, node) > 0));
  if (slot === 0) return { ...facts, map, slot, down, children: {}, edge: null, asking: null, candidates: [] };
  const children = Object.fromEntries(Object.entries(facts.children).filter(([node]) => slotOf(map, node) > slot));
  const parentAt = facts.edge === null ? 0 : slotOf(map, facts.edge.parent);
  return { ...facts, map, slot, down, children, edge: parentAt > 0 && parentAt < slot ? facts.edge : null };
}

/**
 * The children that an earlier life of this organ told of: they hold their edges for good, and would wait for ever for
 * one that has forgotten them. The parent is asked for anew.
 */
export function resumeChildren(facts: TreeFacts, nodes: readonly NodeId[]): TreeFacts {
  const told = Object.fromEntries(nodes.map((node) => [node, { version: 0 }]));
  const next = { ...facts, children: { ...told, ...facts.children } };
  return next.map === null ? next : withMap(next, next.map);
}
