import { LIMITS } from '../../contract/limits.ts';
import type { Moment } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { chain } from '../../contract/step.ts';
import type { Message, Result } from '../../contract/wire.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import {
  laneOf,
  type OutboxFacts,
  type OutboxOptions,
  type OutboxStep,
  type PeerQueue,
  peerOf,
  withLane,
  withPeer,
} from './facts.ts';
import { acknowledge, assignNumbers, isBusy, type Lane, messagesOf, nextNumber, realign, recordOf } from './lane.ts';
import { bury, releaseOf } from './letters.ts';
import { nextMode } from './peer-mode.ts';
import { isPassing } from './refusals.ts';
import { laneKey, type Row, removeRow, treeOfLane } from './rows.ts';

/** What the `deliver` effect is told to do. */
export interface DeliverParams {
  readonly to: NodeId;
  readonly messages: readonly Message[];
}

/** What became of a frame: the results of the messages it had room for; null where no answer came. */
export interface Delivered {
  readonly to: NodeId;
  readonly results: readonly Result[] | null;
}

/** Sends the next frame to a peer, where its mode lets it: numbers first go to the disk, then the messages leave. */
export function pump(facts: OutboxFacts, node: NodeId, moment: Moment): OutboxStep {
  const peer = facts.peers[node];
  if (peer === undefined || peer.flight !== null) return { facts };
  if (peer.mode === 'flushing' && !hasRows(peer))
    return { facts: withPeer(facts, node, { mode: nextMode(peer.mode, 'peer.emptied'), dueAt: null }) };
  const paced = peer.mode === 'flushing' && (peer.dueAt ?? 0) <= moment.monotonic;
  const name = peer.mode === 'idle' || paced ? nextLane(peer, moment) : undefined;
  if (name === undefined) return { facts };
  const before = laneOf(facts, node, name);
  const lane = assignNumbers(before, paced ? LIMITS.outboxFlushMessages : LIMITS.frameMessagesMax);
  const sent = withPeer(withLane(facts, node, name, lane), node, {
    mode: nextMode(peer.mode, 'peer.sent'),
    flight: name,
    turn: name,
    dueAt: null,
  });
  const params: DeliverParams = { to: node, messages: messagesOf(lane, treeOfLane(name)) };
  return {
    facts: sent,
    writes: lane === before ? [] : [putLane(node, name, lane)],
    effects: [{ effect: 'run', name: 'deliver', params }],
  };
}

export function putLane(node: NodeId, name: string, lane: Lane): Write {
  const { acked, first, assigned } = recordOf(lane);
  return { table: 'outbox', key: laneKey(node, name), value: { acked, first, assigned } };
}

function hasRows(peer: PeerQueue): boolean {
  return Object.values(peer.lanes).some(isBusy);
}

/** The lane after the one served last that has messages and isn't held back. */
function nextLane(peer: PeerQueue, moment: Moment): string | undefined {
  const ready = Object.keys(peer.lanes)
    .filter((name) => {
      const lane = peer.lanes[name];
      return lane !== undefined && isBusy(lane) && lane.heldUntil <= moment.monotonic;
    })
    .sort();
  return ready.find((name) => name > peer.turn) ?? ready[0];
}

/** The answer to the frame in flight. */
export function takeDelivered(
  facts: OutboxFacts,
  { to, results }: Delivered,
  options: OutboxOptions,
  moment: Moment,
): OutboxStep {
  const { flight } = peerOf(facts, to);
  if (flight === null) return { facts };
  const landed = withPeer(facts, to, { flight: null });
  if (results === null) return { facts: blocked(landed, to, options, moment) };
  const before = laneOf(landed, to, flight);
  const outcome = judgeResults(before, results, options, moment);
  const { lane } = outcome;
  if (lane === before) return { facts: blocked(landed, to, options, moment) };
  return chain(
    { facts: settled(withLane(landed, to, flight, lane), to, moment) },
    (now) => ({
      facts: now,
      writes: [putLane(to, flight, lane), ...outcome.applied.map(removeRow)],
      effects: outcome.applied.length === 0 ? [] : [releaseOf(outcome.applied)],
    }),
    (now) => buryRows(now, outcome.refused, moment),
  );
}

function settled(facts: OutboxFacts, node: NodeId, moment: Moment): OutboxFacts {
  const peer = peerOf(facts, node);
  const dueAt = peer.mode === 'flushing' ? moment.monotonic + LIMITS.outboxPaceMs : null;
  return withPeer(facts, node, { mode: nextMode(peer.mode, 'peer.settled'), attempt: 0, dueAt });
}

/** Tried again after a pause that doubles from `retryMinMs` up to `retryMaxMs`, of which up to half is cut by chance. */
function blocked(facts: OutboxFacts, node: NodeId, { timing }: OutboxOptions, moment: Moment): OutboxFacts {
  const { mode, attempt } = peerOf(facts, node);
  const pauseMs = Math.min(timing.retryMinMs * 2 ** Math.min(attempt, 16), timing.retryMaxMs);
  return withPeer(facts, node, {
    mode: nextMode(mode, 'peer.failed'),
    attempt: attempt + 1,
    dueAt: moment.monotonic + pauseMs * (1 - moment.random() / 2),
  });
}

/** Refused rows, by the code of their refusal. */
interface Refused {
  readonly row: Row;
  readonly code: string;
}

interface Judged {
  /** The very lane that came in where the results moved nothing. */
  readonly lane: Lane;
  readonly applied: readonly Row[];
  readonly refused: readonly Refused[];
}

/** Goes through the results in their order, up to the first that holds the lane back. */
function judgeResults(before: Lane, results: readonly Result[], { timing }: OutboxOptions, moment: Moment): Judged {
  let lane = before;
  const applied: Row[] = [];
  const refused: Refused[] = [];
  for (const result of results) {
    const number = Number(result.id);
    const mark = markIn(result);
    if (isMisaligned(before, result, mark)) {
      lane = realign(lane, mark);
      break;
    }
    if (result.status === 'applied' || result.status === 'duplicate') {
      const step = acknowledge(lane, number);
      lane = step.lane;
      applied.push(...step.settled);
    } else if (result.status === 'busy' || isPassing(result.code)) {
      lane = held(lane, result.status === 'busy' ? result.retryAfterMs : timing.retryMinMs);
      break;
    } else {
      const row = lane.assigned[number - lane.first] ?? null;
      if (row === null || result.code === 'gap') break;
      // The receiver has noted the number with the refusal: it is settled like any other.
      const step = acknowledge(lane, number);
      lane = step.lane;
      applied.push(...step.settled.filter((one) => one !== row));
      refused.push({ row, code: result.code });
    }
  }
  return { lane, applied, refused };

  function held(one: Lane, retryAfterMs: number): Lane {
    return { ...one, heldUntil: moment.monotonic + Math.min(Math.max(retryAfterMs, 1), LIMITS.outboxHoldMaxMs) };
  }
}

/** The mark of a receiver that has not applied the message now; -1 where it says none. */
function markIn(result: Result): number {
  const body = 'body' in result ? (result.body as { readonly mark?: Json } | null | undefined) : undefined;
  return typeof body?.mark === 'number' ? body.mark : -1;
}

/** The receiver's mark is one that this lane can't have led to: one of the two disks is older than it should be. */
function isMisaligned(lane: Lane, result: Result, mark: number): boolean {
  if (mark < 0 || result.status === 'applied') return false;
  if (result.status === 'refused' && result.code === 'gap') return mark < lane.acked;
  // A refusal remembered is one of this message only if the message had its number before.
  return mark >= nextNumber(lane);
}

function buryRows(facts: OutboxFacts, refused: readonly Refused[], moment: Moment): OutboxStep {
  let step: OutboxStep = { facts };
  for (const { row, code } of refused) {
    step = chain(step, (now) => {
      const { letters, writes, effects } = bury(now.letters, [row], code, moment.now);
      return { facts: { ...now, letters }, writes, effects };
    });
  }
  return step;
}

/** A peer that may be tried again: its time has come, or it was heard. */
export function retry(facts: OutboxFacts, node: NodeId, moment: Moment): OutboxFacts {
  const { mode } = peerOf(facts, node);
  if (mode !== 'blocked') return facts;
  return withPeer(facts, node, { mode: nextMode(mode, 'peer.retried'), dueAt: moment.monotonic });
}
