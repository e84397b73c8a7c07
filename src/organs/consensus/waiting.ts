import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment, Outcome } from '../../contract/organ.ts';
import type { NodeId } from '../../contract/words.ts';
import {
  type ConsensusFacts,
  type ConsensusStep,
  flushedAt,
  inSlotOrder,
  isLive,
  only,
  type Waiting,
} from './facts.ts';

/** The nodes with a slot that are held live, in slot order, this one included. */
export function liveNodes(facts: ConsensusFacts): NodeId[] {
  return facts.appended === null ? [] : inSlotOrder(facts.appended).filter((node) => isLive(facts, node));
}

/** Whether one more answer can be owed. `LIMITS.proposalsPendingMax` of them wait at once, each no longer than `until`. */
export function hasRoom(facts: ConsensusFacts): boolean {
  return facts.waiting.length + facts.gathered.length + facts.held.length < LIMITS.proposalsPendingMax;
}

/** Remembers an answer that is owed once this node, or enough of them, has the version. */
export function owe(facts: ConsensusFacts, answer: Omit<Waiting, 'until'>, moment: Moment): ConsensusFacts {
  return { ...facts, waiting: [...facts.waiting, { ...answer, until: moment.monotonic + LIMITS.answersOwedMs }] };
}

/** Forgets the answers whose askers have long given up: what they wait for may never come. */
export function expire(facts: ConsensusFacts, moment: Moment): ConsensusStep {
  const isOver = (waiting: Waiting): boolean => waiting.until <= moment.monotonic;
  const over = facts.waiting.filter(isOver);
  if (over.length === 0) return { facts };
  const effects = over.map(
    ({ token }): Effect => ({ effect: 'answer', token, outcome: { ok: false, code: 'deadline' } }),
  );
  return only({ ...facts, waiting: facts.waiting.filter((waiting) => !isOver(waiting)) }, ...effects);
}

/**
 * Answers everybody whose version is committed, and flushed by as many live nodes as it needs or as there are. A copy on
 * a node that is gone is no copy.
 */
export function answerWaiting(facts: ConsensusFacts): ConsensusStep {
  if (facts.waiting.length === 0 || facts.view === null) return { facts };
  const have = facts.view.version;
  const flushes = liveNodes(facts).map((node) => flushedAt(facts, node));
  flushes.sort((a, b) => b - a);
  /** The version that so many live nodes have flushed, or all of them where there are fewer. */
  const flushedBy = (copies: number): number => flushes[Math.min(copies, flushes.length) - 1] ?? 0;
  const isReady = ({ version, needs, copies }: Waiting): boolean =>
    have >= version && (needs === 'local' || flushedBy(copies) >= version);
  const ready = new Set(facts.waiting.filter(isReady));
  if (ready.size === 0) return { facts };
  const effects = [...ready].map(
    ({ token, body }): Effect => ({ effect: 'answer', token, outcome: { ok: true, body } }),
  );
  return only({ ...facts, waiting: facts.waiting.filter((waiting) => !ready.has(waiting)) }, ...effects);
}

/** Nobody who waits for a decision, of this node or of its leader, will get one. */
export function dismiss(facts: ConsensusFacts, outcome: Outcome): ConsensusStep {
  const tokens = [...facts.waiting, ...facts.gathered, ...facts.held].map(({ token }) => token);
  return only(
    { ...facts, waiting: [], gathered: [], held: [] },
    ...tokens.map((token): Effect => ({ effect: 'answer', token, outcome })),
  );
}

/** What they are told where the organism's operator has decided for all. */
export const OVERRULED = {
  ok: false,
  code: 'no-authority',
  detail: 'a new generation has begun meanwhile',
} as const satisfies Outcome;
