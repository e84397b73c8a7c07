import type { Effect, Step } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import type { Message } from '../../contract/wire.ts';
import type { EpochMs, NodeId, TreeId, View } from '../../contract/words.ts';
import type { Told } from './messages.ts';
import { newOrigin, type Origin, originName } from './origin.ts';

export interface BroadcastOptions {
  readonly self: NodeId;
  /** Grows by one at every start of the process: numbers begin anew with it. */
  readonly incarnation: number;
  /** The message with this node's authorship. */
  sign(message: Message, expiresAt: EpochMs): Message;
  /** Whether the message is its author's own; `spkiOf` gives the keys of admitted, unrevoked members. Pure. */
  verify(message: Message, now: EpochMs, spkiOf: (node: NodeId) => string | undefined): boolean;
}

/** What this node knows of what is told to all. In memory but for its own numbers: a broadcast is for those who are there. */
export interface BroadcastFacts {
  readonly view: View | null;
  /** Nodes that are not held alive. */
  readonly down: { readonly [node: NodeId]: true };
  readonly trees: { readonly [tree: TreeId]: Talk };
  /** The counts that this node waits for, by token. */
  readonly gathers: { readonly [token: string]: Gather };
  readonly nextToken: number;
  readonly armedFor: number | null;
}

/** What is told in one tree. Moments are monotonic milliseconds. */
export interface Talk {
  /** The number of this node's next message. */
  readonly nextNumber: number;
  readonly origins: { readonly [name: string]: Origin };
  /** The latest messages, oldest first, for those who missed them. */
  readonly retained: readonly Told[];
  /** Whether it is known where to begin. Until then nothing is delivered. */
  readonly synced: boolean;
  /** How often neighbours were asked where to begin. */
  readonly tries: number;
  /** When neighbours compare what they have; null while nothing was told lately. */
  readonly digestAt: number | null;
  /** Grows with every digest, so that the neighbours take turns. */
  readonly turn: number;
}

/** A message on its way down, whose cells are counted. */
export interface Gather {
  /** Of this node's own message where it was published here; else the answer goes to the one above. */
  readonly number: number | null;
  readonly count: number;
  /** Those that have not answered, and whether their children were served in their place. */
  readonly open: { readonly [node: NodeId]: { readonly passedOver: boolean } };
  readonly message: Told;
  /** When those who are silent are passed over. */
  readonly hopAt: number | null;
  /** When the count is told as it stands. */
  readonly dueAt: number;
}

export type BroadcastStep = Step<BroadcastFacts>;

export const stay = (facts: BroadcastFacts, ...effects: Effect[]): BroadcastStep => ({ facts, effects });

const INITIAL_FACTS: BroadcastFacts = {
  view: null,
  down: {},
  trees: {},
  gathers: {},
  nextToken: 1,
  armedFor: null,
};

const NEW_TALK: Talk = {
  nextNumber: 1,
  origins: {},
  retained: [],
  synced: false,
  tries: 0,
  digestAt: null,
  turn: 0,
};

/** The first facts of a life, with the numbers that this node has yet to give. */
export function begun(nextNumbers: ReadonlyMap<TreeId, number>): BroadcastFacts {
  let facts = INITIAL_FACTS;
  for (const [tree, nextNumber] of nextNumbers) facts = withTalk(facts, tree, { nextNumber });
  return facts;
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
  return talkOf(facts, tree).origins[originName(node, incarnation)] ?? newOrigin(node, incarnation, now);
}

export function withOrigin(facts: BroadcastFacts, tree: TreeId, origin: Origin): BroadcastFacts {
  const { origins } = talkOf(facts, tree);
  return withTalk(facts, tree, { origins: { ...origins, [originName(origin.node, origin.incarnation)]: origin } });
}

/** A retained message; undefined where it was never had, or is gone by now. */
export function retainedOf(
  facts: BroadcastFacts,
  tree: TreeId,
  node: NodeId,
  incarnation: number,
  id: string,
): Told | undefined {
  return talkOf(facts, tree).retained.find(
    (one) => one.id === id && one.author.node === node && one.author.incarnation === incarnation,
  );
}

export function spkiOf(facts: BroadcastFacts, node: NodeId): string | undefined {
  const member = facts.view?.members[node];
  return member === undefined || member.revoked ? undefined : member.spki;
}
