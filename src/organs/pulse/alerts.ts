import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { observersOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { aliveIn, type PulseFacts, type PulseOptions, type PulseStep, stateOf, stay, timeoutOf } from './facts.ts';
import type { AlertBody, AlertReply } from './messages.ts';
import { hear, takePause } from './opinion.ts';
import { suspectsOf } from './watch.ts';

/** Assigned observers whose alerts remove a node; all of them where fewer are alive. */
const OBSERVERS_NEEDED = 2;
/** Rounds after which an alert that was not repeated no longer counts. */
const ALERT_ROUNDS = 3;
/** The least a cut is held open, in rounds: what died together is reported almost together. */
const CUT_ROUNDS_MIN = 1 / 8;
/** The longest a cut waits for further nodes that are under suspicion, in rounds. */
const CUT_ROUNDS_MAX = 2;

/** Suspects whose time is up are reported to the leader, again every round until the view or a sign of life settles it. */
export function alertLeader(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const ripe = facts.watched.filter((node) => {
    const at = facts.peers.get(node)?.alertAt ?? null;
    return at !== null && at <= moment.monotonic && stateOf(facts, node) === 'suspect';
  });
  const suspects = ripe
    .slice(0, LIMITS.alertSuspectsMax)
    .map((node) => ({ node, incarnation: incarnationOf(facts, node) }));
  if (suspects.length === 0) return stay(facts);
  let { peers } = facts;
  for (const { node } of suspects) {
    const peer = peers.get(node);
    if (peer !== undefined)
      peers = peers.set(node, { ...peer, alertAt: moment.monotonic + options.timing.probeEveryMs });
  }
  const next = { ...facts, peers };
  const { leader } = facts;
  if (leader === options.self) return stay(noteAlerts(next, options.self, suspects, moment));
  if (leader === null || facts.peers.get(leader)?.failed) return stay(next);
  return stay(next, {
    effect: 'ask',
    to: leader,
    tree: null,
    kind: 'pulse.alert',
    body: { suspects },
    deadlineMs: timeoutOf(facts, options.timing) * 2,
    onAnswer: 'pulse.alerted',
  });
}

function incarnationOf(facts: PulseFacts, node: NodeId): number {
  return Math.max(facts.peers.get(node)?.incarnation ?? 0, facts.view?.members[node]?.incarnation ?? 0);
}

/** What the leader knows better than this node. */
export function takeAlerted(facts: PulseFacts, answer: Answer, options: PulseOptions, moment: Moment): PulseStep {
  if (!answer.outcome.ok) return stay(facts);
  const { live, paused, later } = answer.outcome.body as AlertReply;
  let step = stay(facts);
  for (const node of live) {
    step = chain(step, (now) => hear(now, node, incarnationOf(now, node), options, moment));
  }
  for (const { node, returnWithinMs } of paused) {
    step = chain(step, (now) =>
      takePause(now, node, { returnWithinMs, incarnation: incarnationOf(now, node) }, moment),
    );
  }
  return { ...step, facts: learnLives(step.facts, later) };
}

/** What this node says of a suspect the next time is said of its latest life. */
function learnLives(facts: PulseFacts, later: AlertReply['later']): PulseFacts {
  let { peers } = facts;
  for (const { node, incarnation } of later) {
    const peer = peers.get(node);
    if (peer !== undefined && peer.incarnation < incarnation) peers = peers.set(node, { ...peer, incarnation });
  }
  return peers === facts.peers ? facts : { ...facts, peers };
}

/** At the leader: an observer suspects these nodes. */
export function takeAlert(
  facts: PulseFacts,
  from: NodeId,
  { suspects }: AlertBody,
  options: PulseOptions,
  moment: Moment,
): PulseStep {
  const { view } = facts;
  if (view === null || facts.leader !== options.self) return stay(facts, { effect: 'refuse', code: 'no-authority' });
  const live: NodeId[] = [];
  const paused: { node: NodeId; returnWithinMs: number }[] = [];
  const later: { node: NodeId; incarnation: number }[] = [];
  const held = suspects.filter(({ node, incarnation }) => {
    const pause = facts.pauses[node];
    if (pause !== undefined)
      paused.push({ node, returnWithinMs: Math.ceil(Math.max(pause.until - moment.monotonic, 0)) });
    else if (node === options.self || wasHeardLately(facts, node, options, moment)) live.push(node);
    else if (incarnation < incarnationOf(facts, node)) later.push({ node, incarnation: incarnationOf(facts, node) });
    else return observersOf(view, node).includes(from);
    return false;
  });
  const reply: Effect = { effect: 'reply', body: { live, paused, later } };
  return stay(noteAlerts(facts, from, held, moment), reply);
}

function wasHeardLately(facts: PulseFacts, node: NodeId, options: PulseOptions, moment: Moment): boolean {
  const peer = facts.peers.get(node);
  if (peer === undefined || peer.heardAt === null || peer.missed > 0 || !aliveIn(facts, node)) return false;
  return moment.monotonic - peer.heardAt < options.timing.probeEveryMs;
}

function noteAlerts(
  facts: PulseFacts,
  observer: NodeId,
  suspects: readonly { readonly node: NodeId }[],
  moment: Moment,
): PulseFacts {
  const alerts = { ...facts.alerts };
  for (const { node } of suspects) alerts[node] = { ...alerts[node], [observer]: moment.monotonic };
  return suspects.length === 0 ? facts : { ...facts, alerts };
}

/** Alerts that were not repeated, or about nodes without a slot, are forgotten. */
export function forgetAlerts(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseFacts {
  if (Object.keys(facts.alerts).length === 0) return facts;
  const oldest = moment.monotonic - ALERT_ROUNDS * options.timing.probeEveryMs;
  const placed = new Set(facts.placed);
  const alerts: { [suspect: NodeId]: { [observer: NodeId]: number } } = {};
  for (const [suspect, reports] of Object.entries(facts.alerts)) {
    const fresh = Object.entries(reports).filter(([, at]) => at >= oldest);
    if (fresh.length > 0 && placed.has(suspect)) alerts[suspect] = Object.fromEntries(fresh);
  }
  return { ...facts, alerts };
}

/**
 * At the leader: nodes that enough assigned observers and its own direct probe hold gone are condemned, as one cut. While
 * others are under suspicion the cut stays open, for two rounds at most, so that a rack that fails is removed at once.
 */
export function judgeAlerts(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  if (facts.leader !== options.self && facts.cutSince === null) return stay(facts);
  const suspects = facts.leader === options.self ? [...suspectsOf(facts)] : [];
  const ripe = suspects.filter((node) => isCondemned(facts, node, options.self));
  if (ripe.length === 0) return stay(facts.cutSince === null ? facts : { ...facts, cutSince: null });
  const cutSince = facts.cutSince ?? moment.monotonic;
  if (moment.monotonic < cutDueAt({ ...facts, cutSince }, ripe.length === suspects.length, options)) {
    return stay({ ...facts, cutSince });
  }
  const alerts = Object.fromEntries(Object.entries(facts.alerts).filter(([node]) => !ripe.includes(node)));
  const condemned: Effect = { effect: 'emit', kind: 'pulse.condemned', body: { nodes: ripe } };
  return stay({ ...facts, alerts, cutSince: null }, condemned);
}

/** When the open cut ends at the latest; Infinity where none is open. */
export function cutDueAt(facts: PulseFacts, complete: boolean, options: PulseOptions): number {
  if (facts.cutSince === null) return Number.POSITIVE_INFINITY;
  return facts.cutSince + options.timing.probeEveryMs * (complete ? CUT_ROUNDS_MIN : CUT_ROUNDS_MAX);
}

/**
 * Whether enough assigned observers and the leader's own unanswered probe say that a node is gone. Where all of its
 * observers are gone too, as in the middle of a rack that failed, the leader's own suspicion is all there is.
 */
function isCondemned(facts: PulseFacts, node: NodeId, self: NodeId): boolean {
  const { view } = facts;
  if (view === null || (facts.peers.get(node)?.missed ?? 0) === 0 || facts.pauses[node] !== undefined) return false;
  const observers = observersOf(view, node);
  const reports = facts.alerts[node] ?? {};
  const able = observers.filter(
    (observer) => observer === self || reports[observer] !== undefined || canReport(observer),
  );
  const heard = observers.filter((observer) => reports[observer] !== undefined).length;
  return heard >= Math.min(OBSERVERS_NEEDED, able.length);

  /** An observer that is gone itself is not waited for, but only the leader's own probe can tell. */
  function canReport(observer: NodeId): boolean {
    const silent = facts.alerts[observer] !== undefined && (facts.peers.get(observer)?.missed ?? 0) > 0;
    return aliveIn(facts, observer) && !silent;
  }
}

/** Whether all that are under suspicion at the leader are condemned by now. */
export function isCutComplete(facts: PulseFacts, self: NodeId): boolean {
  return [...suspectsOf(facts)].every((node) => isCondemned(facts, node, self));
}
