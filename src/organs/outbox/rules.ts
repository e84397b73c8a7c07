import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import {
  allRows,
  isDrained,
  laneOf,
  type OutboxFacts,
  type OutboxOptions,
  type OutboxStep,
  peerOf,
  placeRows,
  type Restored,
  withLane,
} from './facts.ts';
import { isBusy, takeRows } from './lane.ts';
import { bury, exhume } from './letters.ts';
import { redirect } from './redirect.ts';
import type { Row } from './rows.ts';
import { type Delivered, pump, putLane, retry, takeDelivered } from './sending.ts';

/** Asks the intake for the rows that reached the disk since; they come as one `outbox.queued`. */
const COLLECT: Effect = { effect: 'run', name: 'collect', params: null };

/** The first thing in a life: what was on the disk is known, what got there since is asked for. */
export function beginWith({ facts, lost }: Restored, moment: Moment): OutboxStep {
  const params = [...allRows(facts), ...lost].map(({ seq }) => seq);
  return chain({ facts, effects: [{ effect: 'run', name: 'open', params }] }, (now) => buryLost(now, lost, moment));
}

/** Rows that are on the disk now. */
export function takeQueued(facts: OutboxFacts, rows: readonly Row[], moment: Moment): OutboxStep {
  const lost = rows.filter((row) => row.lost !== undefined);
  const sent = lost.length === 0 ? rows : rows.filter((row) => row.lost === undefined);
  return chain({ facts: placeRows(facts, sent), effects: [COLLECT] }, (now) => buryLost(now, lost, moment));
}

/** What found no room, and nobody who could be asked to come again. */
function buryLost(facts: OutboxFacts, rows: readonly Row[], moment: Moment): OutboxStep {
  const { letters, writes, effects } = bury(facts.letters, rows, 'outbox-full', moment.now);
  return { facts: { ...facts, letters }, writes, effects };
}

/** A letter is sent again (its new row is committed with this step) or forgotten. */
export function takeAway(facts: OutboxFacts, { number }: { readonly number: number }): OutboxStep {
  const gone = exhume(facts.letters, number);
  if (gone === undefined) return { facts, effects: [{ effect: 'refuse', code: 'not-found' }] };
  return { facts: { ...facts, letters: gone.letters }, writes: gone.writes };
}

/** The frame in flight was answered, or not; a redirection that waited for it goes on. */
export function takeLanded(
  facts: OutboxFacts,
  delivered: Delivered,
  options: OutboxOptions,
  moment: Moment,
): OutboxStep {
  const waited = peerOf(facts, delivered.to).mode === 'redirecting';
  return chain(takeDelivered(facts, delivered, options, moment), (now) => (waited ? redirect(now) : { facts: now }));
}

/** The organ's one timer: retries, paced frames, lanes that were held back, and once in a while what has expired. */
export function takeAlarm(facts: OutboxFacts, moment: Moment): OutboxStep {
  const awake = { ...facts, armedFor: null };
  const due = Object.entries(facts.peers).filter(([, { dueAt }]) => dueAt !== null && dueAt <= moment.monotonic);
  const swept = sweep(awake, moment);
  return { ...swept, facts: due.reduce((now, [node]) => retry(now, node, moment), swept.facts) };
}

/** Messages that waited too long become dead letters. Those in flight are left until their frame is answered. */
function sweep(facts: OutboxFacts, moment: Moment): OutboxStep {
  if (facts.sweepAt === null || facts.sweepAt > moment.monotonic) return { facts };
  const isExpired = (row: Row): boolean => row.expiresAt <= moment.now;
  const writes: Write[] = [];
  const expired: Row[] = facts.unplaced.filter(isExpired);
  let next: OutboxFacts = { ...facts, sweepAt: null, unplaced: facts.unplaced.filter((row) => !isExpired(row)) };
  for (const [node, peer] of Object.entries(facts.peers)) {
    for (const name of Object.keys(peer.lanes)) {
      if (peer.flight === name) continue;
      const { lane, taken } = takeRows(laneOf(next, node, name), isExpired);
      if (taken.length === 0) continue;
      expired.push(...taken);
      writes.push(putLane(node, name, lane));
      next = withLane(next, node, name, lane);
    }
  }
  const buried = bury(next.letters, expired, 'expired', moment.now);
  return {
    facts: { ...next, letters: buried.letters },
    writes: [...writes, ...buried.writes],
    effects: buried.effects,
  };
}

/** What follows every step: frames to all who may get one, the one timer, and the news that nothing is left. */
export function settle(step: OutboxStep, moment: Moment): OutboxStep {
  const sent = chain(
    step,
    (now) => pumpAll(now, moment),
    (now) => arm(now, moment),
  );
  if (moment.mode !== 'closing' || !isDrained(sent.facts)) return sent;
  return { ...sent, signals: [...(sent.signals ?? []), { type: 'outbox.drained' }] };
}

function pumpAll(facts: OutboxFacts, moment: Moment): OutboxStep {
  let step: OutboxStep = { facts };
  for (const node of Object.keys(facts.peers)) step = chain(step, (now) => pump(now, node, moment));
  return step;
}

function arm(facts: OutboxFacts, moment: Moment): OutboxStep {
  const sweepAt = facts.sweepAt ?? (hasRows(facts) ? moment.monotonic + LIMITS.outboxSweepMs : null);
  const due = Math.min(
    sweepAt ?? Number.POSITIVE_INFINITY,
    ...Object.keys(facts.peers).map((node) => dueOf(facts, node)),
  );
  const swept = { ...facts, sweepAt };
  if (due === Number.POSITIVE_INFINITY || (facts.armedFor !== null && facts.armedFor <= due)) return { facts: swept };
  const afterMs = Math.max(Math.ceil(due - moment.monotonic), 0);
  return { facts: { ...swept, armedFor: due }, effects: [{ effect: 'timer', name: 'outbox.alarm', afterMs }] };
}

function hasRows(facts: OutboxFacts): boolean {
  return facts.unplaced.length > 0 || Object.values(facts.peers).some(({ lanes }) => Object.values(lanes).some(isBusy));
}

/** When a peer's queue has something to do by itself; Infinity where it waits for an answer or for messages. */
function dueOf(facts: OutboxFacts, node: NodeId): number {
  const { flight, dueAt, lanes } = peerOf(facts, node);
  if (flight !== null) return Number.POSITIVE_INFINITY;
  const held = Object.values(lanes).filter(isBusy);
  if (held.length === 0) return dueAt ?? Number.POSITIVE_INFINITY;
  const ready = Math.min(...held.map(({ heldUntil }) => heldUntil));
  return Math.max(ready, dueAt ?? 0);
}
