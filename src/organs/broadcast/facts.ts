import type { Effect, Step } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import type { Message } from '../../contract/wire.ts';
import type { EpochMs, NodeId, TreeId, TreeMap, View } from '../../contract/words.ts';
import { type Archive, EMPTY_ARCHIVE, type Kept } from './archive.ts';
import { type Book, EMPTY_BOOK, enter, lookUp } from './book.ts';
import type { Channel } from './channel.ts';
import type { Gather } from './gathering.ts';
import { EMPTY_LANE, type Lane } from './lane.ts';
import { newOrigin, type Origin, originName } from './origin.ts';
import type { Outgoing, Placing } from './placing.ts';
import type { Publication } from './publication.ts';

export interface BroadcastOptions {
  readonly self: NodeId;
  /** Grows by one at every start of the process: numbers begin anew with it. */
  readonly incarnation: number;
  /** The message with this node's authorship. */
  sign(message: Message, expiresAt: EpochMs): Message;
  /** Whether the message is its author's own; `spkiOf` gives the keys of admitted, unrevoked members. Pure. */
  verify(message: Message, now: EpochMs, spkiOf: (node: NodeId) => string | undefined): boolean;
  /** Names a message by what its author signed, hexadecimal. Pure. */
  hash(message: Message): string;
  /** Has the organism's log give messages their places. Rejects with a Fault where it doesn't. */
  place(tree: TreeId, hashes: readonly string[]): Promise<void>;
}

/** What this node knows of what is told to all. In memory but for its own numbers: what is retained, others retain as well. */
export interface BroadcastFacts {
  readonly view: View | null;
  /** Nodes that are not held alive. */
  readonly down: { readonly [node: NodeId]: true };
  /** Who commits entries, and whether a majority stands behind it, as far as this node knows. */
  readonly leader: NodeId | null;
  readonly sovereign: boolean;
  readonly trees: { readonly [tree: TreeId]: Talk };
  /** What is on its way, by peer. */
  readonly lanes: ReadonlyMap<NodeId, Lane>;
  /** The counts that this node waits for, by the name of the message. */
  readonly gathers: ReadonlyMap<string, Gather>;
  /** This node's own messages whose publishers wait for an answer, by token. */
  readonly publications: { readonly [token: string]: Publication };
  readonly nextToken: number;
  readonly armedFor: number | null;
}

/** What is told in one tree. Moments are monotonic milliseconds. */
export interface Talk {
  /** The number of this node's next message of each kind. */
  readonly nextNumber: number;
  readonly nextOrdered: number;
  /** By `originName`. */
  readonly origins: Book<Origin>;
  /** The origins of which something is missing, by name, with when it is asked for. */
  readonly gaps: { readonly [name: string]: number };
  /** The latest messages, for those who missed them. */
  readonly archive: Archive;
  /** Whether it is known where to begin. Until then nothing is delivered. */
  readonly synced: boolean;
  /** How often neighbours were asked where to begin, and how many of them said that they don't know it either. */
  readonly tries: number;
  readonly clueless: number;
  /** When it began to ask where to begin: what is older was told before this node came. */
  readonly beganAt: number;
  /** When neighbours compare what they have; null while nothing was told lately. */
  readonly digestAt: number | null;
  /**
   * What the next digest is of: `lately` told, or all that may be retained; `first` of somebody who began without knowing
   * what was told before it came.
   */
  readonly digestOf: 'lately' | 'all' | 'first';
  /** Grows with every digest, so that the neighbours take turns. */
  readonly turn: number;
  /** When something was passed on last. */
  readonly servedAt: number;
  /** The names of messages that are here already, but have not come down the tree yet: its own, and those to be placed. */
  readonly unserved: readonly string[];
  /** What is told in one order; null until it is known where that begins. */
  readonly channel: Channel | null;
  /** Messages that have no place in that order yet, by hash, oldest first. */
  readonly loose: ReadonlyMap<string, Kept>;
  /** This node's own that are to get their places. */
  readonly outgoing: Outgoing;
  /** At the leader: those of all that are to get theirs. */
  readonly placing: Placing;
  /** When a neighbour is asked for what is missing of that order; null where nothing is. */
  readonly recallAt: number | null;
  /** How often it was asked. */
  readonly recalls: number;
}

export type BroadcastStep = Step<BroadcastFacts>;

export const stay = (facts: BroadcastFacts, ...effects: Effect[]): BroadcastStep => ({ facts, effects });

const INITIAL_FACTS: BroadcastFacts = {
  view: null,
  down: {},
  leader: null,
  sovereign: false,
  trees: {},
  lanes: new Map(),
  gathers: new Map(),
  publications: {},
  nextToken: 1,
  armedFor: null,
};

/**
 * What is forgotten when a node leaves a tree. Its numbers, how far the others are and what it retains hold for its whole
 * life: when it is back, nothing is delivered twice, and what was told in a fragment that it was in gets to all.
 */
export const UNSYNCED = {
  synced: false,
  tries: 0,
  clueless: 0,
  digestAt: null,
  digestOf: 'lately',
  gaps: {},
  unserved: [],
  recallAt: null,
  recalls: 0,
} as const satisfies Partial<Talk>;

const NEW_TALK: Talk = {
  ...UNSYNCED,
  nextNumber: 1,
  nextOrdered: 1,
  archive: EMPTY_ARCHIVE,
  origins: EMPTY_BOOK,
  turn: 0,
  beganAt: Number.NEGATIVE_INFINITY,
  servedAt: Number.NEGATIVE_INFINITY,
  channel: null,
  loose: new Map(),
  outgoing: { waiting: [], asked: 0, again: 0, code: null },
  placing: { waiting: [], underWay: [] },
};

/** The first facts of a life, with the numbers that this node has yet to give. */
export function begun(numbers: ReadonlyMap<TreeId, Pick<Talk, 'nextNumber' | 'nextOrdered'>>): BroadcastFacts {
  let facts = INITIAL_FACTS;
  for (const [tree, next] of numbers) facts = withTalk(facts, tree, next);
  return facts;
}

/** The map of a tree in which this node has a slot. */
export function ownMap(facts: BroadcastFacts, tree: TreeId, self: NodeId): TreeMap | undefined {
  const map = facts.view?.trees[tree];
  return map !== undefined && slotOf(map, self) > 0 ? map : undefined;
}

/** Trees in which this node has a slot, but doesn't know yet where to begin. */
export function unsyncedTrees(facts: BroadcastFacts, self: NodeId): TreeId[] {
  const maps = Object.values(facts.view?.trees ?? {});
  return maps.filter((map) => slotOf(map, self) > 0 && !talkOf(facts, map.tree).synced).map(({ tree }) => tree);
}

export function talkOf(facts: BroadcastFacts, tree: TreeId): Talk {
  return facts.trees[tree] ?? NEW_TALK;
}

export function withTalk(facts: BroadcastFacts, tree: TreeId, change: Partial<Talk>): BroadcastFacts {
  return { ...facts, trees: { ...facts.trees, [tree]: { ...talkOf(facts, tree), ...change } } };
}

export function originOf(facts: BroadcastFacts, tree: TreeId, node: NodeId, incarnation: number, now: number): Origin {
  return lookUp(talkOf(facts, tree).origins, originName(node, incarnation)) ?? newOrigin(node, incarnation, now);
}

export function withOrigin(facts: BroadcastFacts, tree: TreeId, origin: Origin): BroadcastFacts {
  const talk = talkOf(facts, tree);
  const name = originName(origin.node, origin.incarnation);
  const { [name]: gapBefore, ...others } = talk.gaps;
  const { gapAt } = origin;
  const unchanged = (gapAt ?? undefined) === gapBefore;
  const gaps = unchanged ? talk.gaps : gapAt === null ? others : { ...others, [name]: gapAt };
  return withTalk(facts, tree, { origins: enter(talk.origins, name, origin), gaps });
}

export function laneOf(facts: BroadcastFacts, node: NodeId): Lane {
  return facts.lanes.get(node) ?? EMPTY_LANE;
}

export function withLane(facts: BroadcastFacts, node: NodeId, lane: Lane): BroadcastFacts {
  return { ...facts, lanes: new Map(facts.lanes).set(node, lane) };
}

export function withGather(facts: BroadcastFacts, name: string, gather: Gather): BroadcastFacts {
  return { ...facts, gathers: new Map(facts.gathers).set(name, gather) };
}

export function isUp(facts: BroadcastFacts, node: NodeId): boolean {
  return facts.down[node] === undefined;
}

export function spkiOf(facts: BroadcastFacts, node: NodeId): string | undefined {
  const member = facts.view?.members[node];
  return member === undefined || member.revoked ? undefined : member.spki;
}
