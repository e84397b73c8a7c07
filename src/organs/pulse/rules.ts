import { Directory } from '../../contract/directory.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { alertLeader, cutDueAt, forgetAlerts, isCutComplete, judgeAlerts } from './alerts.ts';
import { isSovereign, type PulseFacts, type PulseOptions, type PulseStep, stay, timeoutOf } from './facts.ts';
import { endPauses } from './opinion.ts';
import { passOn, probe } from './probing.ts';
import { beatNow, tellSovereignty } from './sovereignty.ts';
import { track } from './watch.ts';

/** Times that the news of a pause is sent to one peer. */
const PAUSE_TRIES = 3;
/** The first things to do with a view: probe, and look around once a round. */
export function startWatching(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const roundAt = moment.monotonic + options.timing.probeEveryMs * moment.random();
  return stay({ ...facts, roundAt, departedAt: moment.monotonic + LIMITS.departedProbeMs * moment.random() });
}

/** Who leads from now on; a leader beats at once. */
export function takeLeader(
  facts: PulseFacts,
  { leader, epoch }: { readonly leader: NodeId | null; readonly epoch: number },
  options: PulseOptions,
  moment: Moment,
): PulseStep {
  const leads = leader === options.self && !facts.forked;
  const beatAt = leads ? (facts.beatAt ?? moment.monotonic) : null;
  return stay({ ...facts, leader, epoch, beatAt, alerts: leads ? facts.alerts : {}, cutSince: null });
}

/** The organ's one timer: everything whose time has come, in a fixed order. */
export function takeAlarm(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const { timing } = options;
  const late = facts.armedFor !== null && moment.monotonic - facts.armedFor > timing.probeTimeoutMs;
  const awake = { ...facts, armedFor: null };
  // A timer that fires late means that this very process was held up: deadlines of its own probes ran out unheard.
  let step = stay(late ? { ...awake, health: Math.min(awake.health + 1, LIMITS.localHealthMax) } : awake);
  for (const { isDue, decide } of ALARMS) {
    if (isDue(step.facts, moment)) step = chain(step, (now) => decide(now, options, moment));
  }
  return step;
}

/** What the alarm may be for, in the order in which it is done; most alarms are for one of these. */
const ALARMS: readonly {
  isDue(facts: PulseFacts, moment: Moment): boolean;
  decide(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep;
}[] = [
  { isDue: ({ beatAt }, moment) => isDue(beatAt, moment), decide: beat },
  { isDue: ({ roundAt }, moment) => isDue(roundAt, moment), decide: round },
  { isDue: ({ departedAt }, moment) => isDue(departedAt, moment), decide: probeDeparted },
  { isDue: hasPauses, decide: (facts, _options, moment) => endPauses(facts, moment) },
  { isDue: () => true, decide: probeSilent },
  { isDue: hasOpinions, decide: alertLeader },
  {
    isDue: (facts, { monotonic }) => isSovereign(facts, monotonic) !== facts.sovereign,
    decide: (facts, _options, moment) => tellSovereignty(facts, moment),
  },
];

function hasPauses({ pauses }: PulseFacts): boolean {
  for (const _ in pauses) return true;
  return false;
}

/** Only a suspect is told of, and nobody is suspected without an opinion. */
function hasOpinions({ opinions }: PulseFacts): boolean {
  for (const _ in opinions) return true;
  return false;
}

/** A timer that fires a little before its time is set once more for the rest. */
function isDue(at: number | null, moment: Moment): boolean {
  return at !== null && at <= moment.monotonic;
}

function beat(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  return chain(beatNow(facts, options, moment), (now) => passOn(now, options));
}

/** Once a round: what has run out, and one random node, so that news crosses the tree on other ways than its edges. */
function round(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const roundAt = moment.monotonic + options.timing.probeEveryMs * (0.9 + 0.2 * moment.random());
  const node = facts.placed[Math.floor(moment.random() * facts.placed.length)];
  return chain(stay(forgetAlerts({ ...facts, roundAt }, options, moment)), (now) =>
    node === undefined || now.peers.has(node) ? stay(now) : probe(now, node, options),
  );
}

/** One departed member after the other, so that a partition is noticed when it heals. */
function probeDeparted(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const departedAt = moment.monotonic + LIMITS.departedProbeMs;
  const node = facts.departed[facts.departedCursor % Math.max(facts.departed.length, 1)];
  const next = { ...facts, departedAt, departedCursor: facts.departedCursor + 1 };
  return node === undefined ? stay(next) : probe(next, node, options);
}

/** Probes the watched that were silent for a round. Who was heard meanwhile isn't: one exchange serves both ends. */
function probeSilent(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  let step = stay(facts);
  const { peers } = facts;
  for (let place = 0; place < peers.size; place++) {
    const { dueAt, round: under } = peers.at(place);
    if (under !== null || !isDue(dueAt, moment)) continue;
    step = chain(step, (now) => probe(now, peers.keyAt(place), options));
  }
  return step;
}

/**
 * What follows every step while watching: the set of probed nodes, the leader's judgement, and the one timer, set to
 * whatever is due next. A timer that turns out to be early is cheaper than one that is set anew at every message.
 */
export function settle(before: PulseFacts, step: PulseStep, options: PulseOptions, moment: Moment): PulseStep {
  const { facts } = step;
  const tracked = isTrackingStale(before, facts) ? { ...step, facts: track(facts, options, moment) } : step;
  return chain(
    tracked,
    (now) => judgeAlerts(now, options, moment),
    (now) => arm(now, options, moment),
  );
}

function isTrackingStale(before: PulseFacts, now: PulseFacts): boolean {
  return (
    before.alerts !== now.alerts ||
    before.opinions !== now.opinions ||
    before.sovereign !== now.sovereign ||
    before.leader !== now.leader
  );
}

function arm(facts: PulseFacts, options: PulseOptions, moment: Moment): PulseStep {
  const due = nextDue(facts, options);
  if (facts.armedFor !== null && facts.armedFor <= due) return stay(facts);
  const afterMs = Math.max(Math.ceil(due - moment.monotonic), 0);
  return stay({ ...facts, armedFor: due }, { effect: 'timer', name: 'pulse.alarm', afterMs });
}

function nextDue(facts: PulseFacts, options: PulseOptions): number {
  const { beatAt, roundAt, departedAt, sovereignUntil, cutSince, peers } = facts;
  let due = earlier(earlier(Number.POSITIVE_INFINITY, beatAt), roundAt);
  if (facts.departed.length > 0) due = earlier(due, departedAt);
  if (facts.sovereign) due = earlier(due, sovereignUntil);
  if (cutSince !== null) due = earlier(due, cutDueAt(facts, isCutComplete(facts, options.self), options));
  for (let place = 0; place < peers.size; place++) {
    const { round, dueAt, alertAt } = peers.at(place);
    if (round === null) due = earlier(due, dueAt);
    if (alertAt !== null && isWatchedSuspect(facts, peers.keyAt(place))) due = earlier(due, alertAt);
  }
  return due;
}

function earlier(due: number, at: number | null): number {
  return at !== null && at < due ? at : due;
}

function isWatchedSuspect(facts: PulseFacts, node: NodeId): boolean {
  return facts.opinions[node] === 'suspect' && facts.watched.includes(node);
}

// ---- Stopping ------------------------------------------------------------------------------------------------------

/** Tells the observers and the leader that this node will be away. From now on it only answers. */
export function tellPause(facts: PulseFacts, returnWithinMs: number, options: PulseOptions): PulseStep {
  const told = new Set(facts.leader === null ? facts.watched : [...facts.watched, facts.leader]);
  told.delete(options.self);
  const asks = [...told].map((node) => pauseNews(node, returnWithinMs, 1, facts, options));
  return stay(quiet({ ...facts, returnWithinMs }), { effect: 'untimer', name: 'pulse.alarm' }, ...asks);
}

function pauseNews(
  to: NodeId,
  returnWithinMs: number,
  tries: number,
  facts: PulseFacts,
  options: PulseOptions,
): Effect {
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'pulse.pausing',
    body: { returnWithinMs },
    deadlineMs: timeoutOf(facts, options.timing),
    onAnswer: 'pulse.paused',
    tag: { tries },
  };
}

/** The news of the pause was taken, or is sent again while there is time. */
export function takePaused(facts: PulseFacts, { to, tag, outcome }: Answer, options: PulseOptions): PulseStep {
  const { tries } = tag as { readonly tries: number };
  if (outcome.ok || tries >= PAUSE_TRIES) return stay(facts);
  return stay(facts, pauseNews(to, facts.returnWithinMs, tries + 1, facts, options));
}

/** The organism was halted: nobody is probed or suspected any more. */
export function standStill(facts: PulseFacts): PulseStep {
  return stay(quiet(facts), { effect: 'untimer', name: 'pulse.alarm' });
}

function quiet(facts: PulseFacts): PulseFacts {
  return {
    ...facts,
    peers: Directory.of(),
    alerts: {},
    cutSince: null,
    beatAt: null,
    roundAt: null,
    departedAt: null,
    armedFor: null,
  };
}
