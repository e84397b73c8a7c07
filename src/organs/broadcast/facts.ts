import type { Step } from '../../contract/organ.ts';
import { childSlots, slotOf } from '../../contract/slots.ts';
import type { Message } from '../../contract/wire.ts';
import type { Json, NodeId, TreeId, TreeMap, View } from '../../contract/words.ts';

/** What one origin has said in one tree during one life of its process, as far as it got here. */
export interface Stream {
  /** The number that is delivered next: FIFO for each origin. */
  readonly next: number;
  /** Later ones that came first. */
  readonly held: { readonly [number: number]: Message };
}

/** A message on its way down: who asked for the count, and what is still out. */
export interface Spreading {
  readonly message: Message;
  readonly confirmed: number;
  readonly out: number;
}

export interface BroadcastFacts {
  readonly view: View | null;
  /** Peers this node does not hold alive. */
  readonly down: { readonly [node: NodeId]: true };
  /** The last number this node gave out, by tree. */
  readonly numbers: { readonly [tree: TreeId]: number };
  readonly streams: { readonly [stream: string]: Stream };
  /** What was delivered and has not expired, oldest first, for those who missed it. */
  readonly retained: readonly Message[];
  readonly spreading: { readonly [token: string]: Spreading };
  /** Own messages that have not come down the tree yet, by stream and number. */
  readonly ascending: { readonly [name: string]: true };
  readonly nextToken: number;
  /** Digests are compared until then, monotonic milliseconds: silence costs nothing. */
  readonly compareUntil: number;
}

export type BroadcastStep = Step<BroadcastFacts>;

export const INITIAL_FACTS: BroadcastFacts = {
  view: null,
  down: {},
  numbers: {},
  streams: {},
  retained: [],
  spreading: {},
  ascending: {},
  nextToken: 1,
  compareUntil: 0,
};

/** The body of a broadcast on the wire; its number is the message's id, its origin the author. */
export interface Announcement {
  readonly topic: string;
  readonly body: Json;
}

export function streamOf(message: Message): string {
  return `${message.tree}/${message.author?.node}/${message.author?.incarnation}`;
}

export function numberOf(message: Message): number {
  return Number(message.id);
}

export function nameOf(message: Message): string {
  return `${streamOf(message)}/${message.id}`;
}

/** The nearest live cells below a slot: a dead child is stood in for by its own children. */
export function targetsBelow(map: TreeMap, slot: number, isDown: (node: NodeId) => boolean): NodeId[] {
  return childSlots(slot, map.fanout, map.slots.length).flatMap((child) => {
    const node = map.slots[child - 1]?.node;
    return node === undefined || isDown(node) ? targetsBelow(map, child, isDown) : [node];
  });
}

/** The lowest live slot's cell, where every broadcast starts on its way down. */
export function summit(map: TreeMap, isDown: (node: NodeId) => boolean): NodeId | undefined {
  return map.slots.find(({ node }) => !isDown(node))?.node;
}

export function depthOf(map: TreeMap, node: NodeId): number {
  let depth = 0;
  for (let slot = slotOf(map, node); slot > 1; slot = Math.floor((slot - 2) / map.fanout) + 1) depth += 1;
  return depth;
}
