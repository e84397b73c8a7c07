import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment, Outcome } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, TreeId } from '../../contract/words.ts';
import type { Kept } from './archive.ts';
import { type BroadcastFacts, type BroadcastOptions, type BroadcastStep, stay, talkOf, withTalk } from './facts.ts';
import type { Told } from './messages.ts';
import { abandon } from './publication.ts';
import { acceptAny, isNewHere, keep, refusalOf, unserved } from './spreading.ts';

/** Pause before the leader is asked again, milliseconds. */
const RETRY_MS = 250;

/** A message of this node's own that is to get its place. */
export interface Submission {
  readonly hash: string;
  readonly kept: Kept;
  /** Of its publication. */
  readonly token: string;
  /** Monotonic milliseconds after which nobody waits for it any more. */
  readonly until: number;
}

/** This node's own, in their order: one question to the leader is under way at a time, so that they stay in it. */
export interface Outgoing {
  readonly waiting: readonly Submission[];
  /** How many of the first are in the question under way. */
  readonly asked: number;
  /** When the leader is asked again, monotonic milliseconds. */
  readonly again: number;
  /** Why it gave them no place the last time. */
  readonly code: string | null;
}

/** What somebody submitted: `token` names its deferred answer, null for this node itself. */
export interface Request {
  readonly token: string | null;
  readonly hashes: readonly string[];
}

/** At the leader: what all have submitted since the last entry of the log becomes one entry. */
export interface Placing {
  readonly waiting: readonly Request[];
  readonly underWay: readonly Request[];
}

// ---- At the author's node --------------------------------------------------------------------------------------------

export function submit(facts: BroadcastFacts, submission: Submission): BroadcastFacts {
  const { tree } = submission.kept.message;
  const { outgoing } = talkOf(facts, tree);
  return withTalk(facts, tree, { outgoing: { ...outgoing, waiting: [...outgoing.waiting, submission] } });
}

/** Asks the leader for places, where it is time to. */
export function submitNext(
  facts: BroadcastFacts,
  tree: TreeId,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { outgoing, channel } = talkOf(facts, tree);
  if (outgoing.asked > 0 || outgoing.waiting.length === 0 || outgoing.again > moment.monotonic) return stay(facts);
  const isOpen = ({ until, hash }: Submission): boolean =>
    until > moment.monotonic && channel?.places.has(hash) !== true;
  const waiting = outgoing.waiting.filter(isOpen);
  const batch = firstOf(waiting);
  const { leader } = facts;
  if (batch.length === 0) return stay(withTalk(facts, tree, { outgoing: { ...outgoing, waiting } }));
  if (leader === null) return stay(later(facts, tree, 'no-authority', moment));
  const asking = withTalk(facts, tree, { outgoing: { ...outgoing, waiting, asked: batch.length } });
  const hashes = batch.map(({ hash }) => hash);
  if (leader === options.self) return placeNext(withRequest(asking, tree, { token: null, hashes }), tree);
  const messages = batch.map(({ kept }) => kept.message);
  return stay(asking, {
    effect: 'ask',
    to: leader,
    tree: null,
    kind: 'broadcast.order',
    body: { tree, messages } as unknown as Json,
    deadlineMs: LIMITS.promptDeadlineMs,
    onAnswer: 'broadcast.placedThere',
    tag: { tree },
  });
}

/** When the leader is asked next; Infinity where nothing waits, or an answer comes first. */
export function submitsAt({ outgoing }: { readonly outgoing: Outgoing }): number {
  return outgoing.waiting.length > 0 && outgoing.asked === 0 ? outgoing.again : Number.POSITIVE_INFINITY;
}

function firstOf(waiting: readonly Submission[]): readonly Submission[] {
  let bytes = 0;
  let count = 0;
  for (const { kept } of waiting.slice(0, LIMITS.broadcastFrameMax)) {
    bytes += kept.bytes;
    if (count > 0 && bytes > LIMITS.broadcastFrameBytes) break;
    count += 1;
  }
  return waiting.slice(0, count);
}

function later(facts: BroadcastFacts, tree: TreeId, code: string, moment: Moment): BroadcastFacts {
  const { outgoing } = talkOf(facts, tree);
  return withTalk(facts, tree, { outgoing: { ...outgoing, asked: 0, again: moment.monotonic + RETRY_MS, code } });
}

/** The leader gave the messages of the last question their places, or says why not. */
export function takePlacedThere(facts: BroadcastFacts, { tag, outcome }: Answer, moment: Moment): BroadcastStep {
  return settleOutgoing(facts, (tag as { readonly tree: TreeId }).tree, outcome, moment);
}

function settleOutgoing(facts: BroadcastFacts, tree: TreeId, outcome: Outcome, moment: Moment): BroadcastStep {
  const { outgoing } = talkOf(facts, tree);
  const { waiting, asked } = outgoing;
  if (outcome.ok) {
    const rest = { waiting: waiting.slice(asked), asked: 0, again: 0, code: null };
    return stay(withTalk(facts, tree, { outgoing: rest }));
  }
  // A fragment without a majority refuses at once; anything else may be different in a moment.
  if (outcome.code !== 'no-authority' || facts.sovereign) return stay(later(facts, tree, outcome.code, moment));
  const refused = withTalk(facts, tree, { outgoing: { ...outgoing, waiting: [], asked: 0, code: outcome.code } });
  return chain(
    stay(refused),
    ...waiting.map(
      ({ token }) =>
        (now: BroadcastFacts) =>
          abandon(now, token, outcome.code),
    ),
  );
}

// ---- At the leader's -------------------------------------------------------------------------------------------------

export interface OrderBody {
  readonly tree: TreeId;
  readonly messages: readonly Told[];
}

/** A member wants places for its messages. They stay here, so that what gets a place is not lost with its author. */
export function takeOrderRequest(
  facts: BroadcastFacts,
  { tree, messages }: OrderBody,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  if (facts.leader !== options.self) return stay(facts, { effect: 'refuse', code: 'no-authority' });
  const { waiting } = talkOf(facts, tree).placing;
  const count = waiting.reduce((sum, { hashes }) => sum + hashes.length, messages.length);
  if (count > LIMITS.broadcastLaneMax) return stay(facts, { effect: 'refuse', code: 'busy', retryAfterMs: RETRY_MS });
  const flaw = messages.map((message) => refusalOf(facts, message, options, moment)).find((code) => code !== undefined);
  const isMixed = messages.some((message) => message.tree !== tree || message.kind !== 'broadcast.ordered');
  if (flaw !== undefined || isMixed) return stay(facts, { effect: 'refuse', code: flaw ?? 'malformed' });
  const token = `order/${facts.nextToken}`;
  const hashes = messages.map((message) => options.hash(message));
  return chain(
    stay({ ...facts, nextToken: facts.nextToken + 1 }, { effect: 'defer', token }),
    ...messages.map((message) => (now: BroadcastFacts) => keepHere(now, message, options, moment)),
    (now) => placeNext(withRequest(now, tree, { token, hashes }), tree),
  );
}

function keepHere(facts: BroadcastFacts, message: Told, options: BroadcastOptions, moment: Moment): BroadcastStep {
  if (!isNewHere(facts, message, options, moment)) return stay(facts);
  return acceptAny(unserved(facts, message), keep(message, moment, null), options, moment);
}

function withRequest(facts: BroadcastFacts, tree: TreeId, request: Request): BroadcastFacts {
  const { placing } = talkOf(facts, tree);
  return withTalk(facts, tree, { placing: { ...placing, waiting: [...placing.waiting, request] } });
}

/** Has the log give places to what waits, as much as one entry holds; what comes meanwhile goes into the next. */
function placeNext(facts: BroadcastFacts, tree: TreeId): BroadcastStep {
  const { placing, channel } = talkOf(facts, tree);
  if (placing.underWay.length > 0 || placing.waiting.length === 0) return stay(facts);
  let count = 0;
  const beyond = placing.waiting.findIndex(({ hashes }) => {
    count += hashes.length;
    return count > LIMITS.orderBatchMax;
  });
  const underWay = beyond < 0 ? placing.waiting : placing.waiting.slice(0, Math.max(beyond, 1));
  const next = withTalk(facts, tree, { placing: { waiting: placing.waiting.slice(underWay.length), underWay } });
  // Who asks again because an answer was lost has its places already.
  const hashes = [...new Set(underWay.flatMap((request) => request.hashes))].filter(
    (hash) => !channel?.places.has(hash),
  );
  const params: PlaceParams = { tree, hashes };
  return stay(next, { effect: 'run', name: 'place', params });
}

/** What the `place` effect is told to do. */
export interface PlaceParams {
  readonly tree: TreeId;
  readonly hashes: readonly string[];
}

export interface Placed {
  readonly tree: TreeId;
  readonly outcome: Outcome;
}

export function takePlaced(facts: BroadcastFacts, { tree, outcome }: Placed, moment: Moment): BroadcastStep {
  const { placing } = talkOf(facts, tree);
  const answers = placing.underWay.flatMap(({ token }): Effect[] =>
    token === null ? [] : [{ effect: 'answer', token, outcome }],
  );
  const isOwn = placing.underWay.some(({ token }) => token === null);
  const next = withTalk(facts, tree, { placing: { ...placing, underWay: [] } });
  return chain(
    stay(next, ...answers),
    (now) => (isOwn ? settleOutgoing(now, tree, outcome, moment) : stay(now)),
    (now) => placeNext(now, tree),
  );
}
