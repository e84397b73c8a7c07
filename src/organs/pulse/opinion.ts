import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { NodeState } from '../../contract/services.ts';
import type { NodeId } from '../../contract/words.ts';
import { type Peer, type PulseFacts, type PulseOptions, type PulseStep, stateOf, stay, withPeer } from './facts.ts';

/** Rounds in a row that must fail before a node is suspected. */
const ROUNDS_TO_SUSPECT = 2;

/** The same record where the node isn't in it: what didn't change must look unchanged. */
function without<T>(record: { readonly [node: NodeId]: T }, node: NodeId): { readonly [node: NodeId]: T } {
  if (record[node] === undefined) return record;
  const { [node]: _, ...rest } = record;
  return rest;
}

/** Changes an opinion, and tells the other organs where it is a change. */
export function believe(facts: PulseFacts, node: NodeId, state: NodeState, more: Absence = {}): PulseStep {
  if (stateOf(facts, node) === state) return stay(facts);
  const opinions = state === 'live' ? without(facts.opinions, node) : { ...facts.opinions, [node]: state };
  const changed: Effect = { effect: 'emit', kind: 'pulse.changed', body: { node, state, ...more } };
  return stay({ ...facts, opinions }, changed);
}

/** How long a node that pauses said it would be away. */
interface Absence {
  readonly returnWithinMs?: number;
}

/**
 * An opinion that an earlier life of this organ told the others, who still go by it. A pause counts from now: rather is
 * a node waited for too long than replaced while it is about to come back.
 */
export function resumeOpinion(
  facts: PulseFacts,
  { node, state, returnWithinMs = 0 }: NodeEvents['pulse.changed'],
  moment: Moment,
): PulseFacts {
  if (state === 'live') return facts;
  if (state !== 'paused') return { ...facts, opinions: { ...facts.opinions, [node]: state } };
  const incarnation = facts.view?.members[node]?.incarnation ?? 0;
  return takePause(facts, node, { returnWithinMs, incarnation }, moment).facts;
}

/**
 * When a node heard now is probed next: a little later than a round, so that on the edges of the first tree the next beat
 * comes first and serves as the probe; jittered, so that one of the two ends of any other edge comes first.
 */
export function dueAfter(moment: Moment, timing: PulseOptions['timing']): number {
  return moment.monotonic + timing.probeEveryMs * (1.05 + 0.2 * moment.random());
}

/**
 * A sign of life of a node, its own or one that another brought: whatever is held against it is void. Only a pause is
 * not: what a pausing node said before it stopped may arrive late, so only a later incarnation ends it early.
 */
export function hear(
  facts: PulseFacts,
  node: NodeId,
  incarnation: number,
  options: PulseOptions,
  moment: Moment,
): PulseStep {
  const pause = facts.pauses[node];
  if (pause !== undefined && incarnation <= pause.incarnation) return stay(facts);
  const pauses = without(facts.pauses, node);
  const alerts = without(facts.alerts, node);
  const peer = facts.peers.get(node);
  const peers = peer === undefined ? facts.peers : facts.peers.set(node, heardPeer(peer, incarnation, options, moment));
  return believe({ ...facts, peers, pauses, alerts }, node, 'live');
}

function heardPeer(known: Peer, incarnation: number, options: PulseOptions, moment: Moment): Peer {
  return {
    heardAt: moment.monotonic,
    dueAt: dueAfter(moment, options.timing),
    incarnation: Math.max(known.incarnation, incarnation),
    missed: 0,
    failed: 0,
    round: null,
    alertAt: null,
  };
}

/** A round of probes failed: two in a row make a suspect. */
export function failRound(facts: PulseFacts, node: NodeId, options: PulseOptions, moment: Moment): PulseStep {
  const peer = facts.peers.get(node);
  if (peer === undefined) return stay(facts);
  const { timing } = options;
  const failed = peer.failed + 1;
  const suspected = failed >= ROUNDS_TO_SUSPECT;
  const holdMs = timing.suspectHoldMs * (1 + facts.health);
  const next: Peer = {
    ...peer,
    failed,
    round: null,
    dueAt: moment.monotonic + pauseAfter(failed, timing.probeEveryMs),
    alertAt: suspected ? (peer.alertAt ?? moment.monotonic + holdMs) : null,
  };
  const told = withPeer(facts, node, next);
  return suspected && stateOf(facts, node) === 'live' ? believe(told, node, 'suspect') : stay(told);
}

/** The second round starts at once; then ever more slowly, so that a long partition costs little and is still noticed. */
function pauseAfter(failed: number, probeEveryMs: number): number {
  if (failed < ROUNDS_TO_SUSPECT) return 0;
  const doublings = Math.min(failed - ROUNDS_TO_SUSPECT, 16);
  return Math.min((probeEveryMs / 2) * 2 ** doublings, LIMITS.probeBackoffMaxMs);
}

/** A node said that it will be away for a while: it is neither probed nor suspected until then. */
export function takePause(
  facts: PulseFacts,
  node: NodeId,
  pause: { readonly returnWithinMs: number; readonly incarnation: number },
  moment: Moment,
): PulseStep {
  const returnWithinMs = Math.min(pause.returnWithinMs, LIMITS.pauseMaxMs);
  const until = moment.monotonic + returnWithinMs;
  const pauses = { ...facts.pauses, [node]: { until, incarnation: pause.incarnation } };
  const alerts = without(facts.alerts, node);
  const peer = facts.peers.get(node);
  const resting = peer && { ...peer, dueAt: until, missed: 0, failed: 0, round: null, alertAt: null };
  const peers = resting === undefined ? facts.peers : facts.peers.set(node, resting);
  return believe({ ...facts, pauses, alerts, peers }, node, 'paused', { returnWithinMs });
}

/** Pauses that lasted longer than was said: from now on those nodes are probed like any other. */
export function endPauses(facts: PulseFacts, moment: Moment): PulseStep {
  let step = stay(facts);
  for (const [node, { until }] of Object.entries(facts.pauses)) {
    if (until > moment.monotonic) continue;
    const next = believe({ ...step.facts, pauses: without(step.facts.pauses, node) }, node, 'live');
    step = stay(next.facts, ...(step.effects ?? []), ...(next.effects ?? []));
  }
  return step;
}

/** Nudges the local health, within its bounds: worse by our own failures, better by each probe that is answered. */
export function feel(facts: PulseFacts, change: number): PulseFacts {
  const health = Math.min(Math.max(facts.health + change, 0), LIMITS.localHealthMax);
  return health === facts.health ? facts : { ...facts, health };
}
