import { Directory } from '../../contract/directory.ts';
import type { Timing } from '../../contract/limits.ts';
import type { Effect, Step } from '../../contract/organ.ts';
import type { NodeState } from '../../contract/services.ts';
import type { Fence, NodeId, View } from '../../contract/words.ts';
import { type Beat, NO_BEAT } from './beat.ts';

export interface PulseOptions {
  readonly self: NodeId;
  /** Grows by one at every start of the process. */
  readonly incarnation: number;
  readonly timing: Timing;
}

/** What this node knows of the life of others. Nothing of it is on the disk: after a start it is learnt within seconds. */
export interface PulseFacts {
  readonly view: View | null;
  readonly leader: NodeId | null;
  readonly epoch: number;
  /** Whom the view assigns to this node: parent, children and slot neighbours over all trees. */
  readonly watched: readonly NodeId[];
  /** Every node with a slot, this one included. */
  readonly placed: readonly NodeId[];
  /** Members without a slot, `LIMITS.membersDepartedProbed` at most. */
  readonly departed: readonly NodeId[];
  readonly departedCursor: number;
  /** The nodes that are probed whenever they have been silent, with where their probes stand. */
  readonly peers: Directory<Peer>;
  /** Opinions other than `live`. */
  readonly opinions: { readonly [node: NodeId]: Exclude<NodeState, 'live'> };
  readonly pauses: { readonly [node: NodeId]: Pause };
  readonly beat: Beat;
  /** Until when the last growth of the beat is good for, monotonic milliseconds; null before it grew. */
  readonly sovereignUntil: number | null;
  /** What the other organs were told last. */
  readonly sovereign: boolean;
  /** The voters vouched for two logs: no beat of theirs counts any more. */
  readonly forked: boolean;
  /** Lifeguard's local health: 0 is well, `LIMITS.localHealthMax` is worst. Timeouts are stretched by 1 + health. */
  readonly health: number;
  /** At the leader: who alerted about whom, and when. */
  readonly alerts: { readonly [suspect: NodeId]: { readonly [observer: NodeId]: number } };
  /** When the cut being gathered began, monotonic; null where none is. */
  readonly cutSince: number | null;
  readonly outdated: { readonly at: number; readonly fence: Fence } | null;
  readonly beatAt: number | null;
  readonly roundAt: number | null;
  readonly departedAt: number | null;
  /** When the organ's one timer fires. */
  readonly armedFor: number | null;
  readonly nextRound: number;
  /** Answers owed to nodes that asked this one to probe for them. */
  readonly relaysOwed: number;
  /** Above 0 once this node pauses. */
  readonly returnWithinMs: number;
}

/** Where the probing of one node stands. Moments are monotonic milliseconds. */
export interface Peer {
  /** Null where it was not heard since it is watched. */
  readonly heardAt: number | null;
  /** When it is probed unless it is heard before. */
  readonly dueAt: number;
  readonly incarnation: number;
  /** Direct probes unanswered since it was heard. */
  readonly missed: number;
  /** Whole rounds (a direct probe and its relays) that failed since it was heard. */
  readonly failed: number;
  readonly round: Round | null;
  /** When the leader is alerted; null where it is not suspected. */
  readonly alertAt: number | null;
}

/** A round under way. */
export interface Round {
  readonly id: number;
  /** Relays that have not answered yet; 0 during the direct probe. */
  readonly waiting: number;
  /** Whether any relay answered, whatever it found. */
  readonly answered: boolean;
}

/** A node that said it would be back. */
export interface Pause {
  readonly until: number;
  readonly incarnation: number;
}

export type PulseStep = Step<PulseFacts>;

export const stay = (facts: PulseFacts, ...effects: Effect[]): PulseStep => ({ facts, effects });

/** The facts with another state of a node's probing. */
export function withPeer(facts: PulseFacts, node: NodeId, peer: Peer): PulseFacts {
  return { ...facts, peers: facts.peers.set(node, peer) };
}

export const INITIAL_FACTS: PulseFacts = {
  view: null,
  leader: null,
  epoch: 0,
  watched: [],
  placed: [],
  departed: [],
  departedCursor: 0,
  peers: Directory.of(),
  opinions: {},
  pauses: {},
  beat: NO_BEAT,
  sovereignUntil: null,
  sovereign: false,
  forked: false,
  health: 0,
  alerts: {},
  cutSince: null,
  outdated: null,
  beatAt: null,
  roundAt: null,
  departedAt: null,
  armedFor: null,
  nextRound: 1,
  relaysOwed: 0,
  returnWithinMs: 0,
};

/** This node's opinion of another; a node that nothing is known against is `live`. */
export function stateOf(facts: PulseFacts, node: NodeId): NodeState {
  return facts.opinions[node] ?? 'live';
}

/** Whether work may be handed to a node now: false also for suspects and for nodes that pause. */
export function aliveIn(facts: PulseFacts, node: NodeId): boolean {
  return stateOf(facts, node) === 'live';
}

/**
 * Whether a leader with authority was heard of lately.
 *
 * @param monotonic now, in monotonic milliseconds
 */
export function isSovereign(facts: PulseFacts, monotonic: number): boolean {
  return !facts.forked && facts.sovereignUntil !== null && monotonic < facts.sovereignUntil;
}

/** How long an answer may take, in milliseconds: longer where this node itself seems to be slow. */
export function timeoutOf(facts: PulseFacts, timing: Timing): number {
  return timing.probeTimeoutMs * (1 + facts.health);
}
