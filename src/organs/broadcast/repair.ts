import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, TreeId } from '../../contract/words.ts';
import { archived, type Kept } from './archive.ts';
import { lookUp } from './book.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  originOf,
  stay,
  talkOf,
  withOrigin,
  withTalk,
} from './facts.ts';
import type { FetchBody, FetchedBody, Handed } from './messages.ts';
import { giveUpOrdered, soughtIn } from './ordered.ts';
import { giveUp, isMissing, isNew, numberIn, type Origin, originName } from './origin.ts';
import { deliver } from './receiving.ts';
import { spreadLate } from './spreading.ts';
import { marksOf, neighbours, pauseAfter, ROUNDS, recall } from './syncing.ts';

// ---- What was missed of an origin --------------------------------------------------------------------------------------

/** Asks for what is missing: the neighbours in turn, twice each, then it is given up. */
export function fillGaps(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { gaps, origins }] of Object.entries(facts.trees)) {
    for (const [name, gapAt] of Object.entries(gaps)) {
      const origin = gapAt <= moment.monotonic ? lookUp(origins, name) : undefined;
      if (origin !== undefined) step = chain(step, (now) => fetchFrom(now, tree, origin, options, moment));
    }
  }
  return step;
}

function fetchFrom(
  facts: BroadcastFacts,
  tree: TreeId,
  origin: Origin,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const around = neighbours(facts, tree, options.self, moment, origin.node);
  const next = around[origin.tries % Math.max(around.length, 1)];
  const { node, incarnation, delivered: after, known: through } = origin;
  if (next === undefined || origin.tries >= around.length * ROUNDS) {
    const params = { tree, order: 'origin', origin: node, incarnation, after, through };
    return chain(deliver(facts, tree, giveUp(origin), moment), (now) =>
      stay(now, { effect: 'run', name: 'report', params }),
    );
  }
  const gapAt = moment.monotonic + LIMITS.broadcastHopMs * 2;
  const asked = withOrigin(facts, tree, { ...origin, gapAt, tries: origin.tries + 1 });
  const body: FetchBody = { tree, origin: node, incarnation, after, through };
  return stay(asked, {
    effect: 'ask',
    to: next,
    tree: null,
    kind: 'broadcast.fetch',
    body: body as unknown as Json,
    deadlineMs: LIMITS.broadcastHopMs,
    onAnswer: 'broadcast.fetched',
    tag: { tree, origin: node, incarnation },
  });
}

/** A peer misses something of what is retained here. */
export function takeFetch(facts: BroadcastFacts, body: FetchBody, moment: Moment): BroadcastStep {
  const { tree, origin, incarnation, after, through } = body;
  const isWanted = ({ message: { id, author } }: Kept): boolean =>
    author.node === origin && author.incarnation === incarnation && Number(id) > after && Number(id) <= through;
  const found = [...archived(talkOf(facts, tree).archive)].filter(isWanted);
  found.sort((a, b) => numberIn(a.message) - numberIn(b.message));
  const known = lookUp(talkOf(facts, tree).origins, originName(origin, incarnation));
  const [mark] = known === undefined ? [] : marksOf(facts, tree, [known]);
  const answer: FetchedBody = { messages: handed(found, moment), after: mark?.after ?? 0 };
  return stay(facts, { effect: 'reply', body: answer as unknown as Json });
}

/** As many as one answer holds, and none that is past its time. */
function handed(kept: readonly Kept[], { monotonic }: Moment): Handed[] {
  const messages: Handed[] = [];
  let left = LIMITS.broadcastFrameBytes;
  for (const { message, bytes, bornAt } of kept) {
    const ageMs = Math.ceil(monotonic - bornAt);
    if (ageMs >= LIMITS.broadcastExpiryMs) continue;
    left -= bytes;
    if (messages.length > 0 && (left < 0 || messages.length >= LIMITS.broadcastFetchMax)) break;
    messages.push({ message, ageMs });
  }
  return messages;
}

/** What was fetched goes on to the cells below, who most likely miss it too. What is still missing is asked of the next. */
export function takeFetched(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree, origin: node, incarnation } = tag as unknown as FetchBody;
  const { messages, after } = outcome.ok ? (outcome.body as unknown as FetchedBody) : { messages: [], after: 0 };
  const before = originOf(facts, tree, node, incarnation, moment.monotonic);
  const took = chain(
    stay(facts),
    ...messages.map(
      ({ message, ageMs }) =>
        (now: BroadcastFacts) =>
          spreadLate(now, message, ageMs, options, moment),
    ),
  );
  return chain(took, (now) => {
    const left = originOf(now, tree, node, incarnation, moment.monotonic);
    if (!isMissing(left)) return stay(now);
    // Nothing of this origin was heard here before: what a neighbour once had, and has no more, is not for this node.
    if (left.delivered === 0 && after > 0)
      return deliver(now, tree, { ...left, delivered: Math.min(after, left.known), gapAt: null }, moment);
    // A neighbour that had some of it may have the rest, too.
    if (messages.some(({ message }) => isNew(before, numberIn(message))))
      return stay(withOrigin(now, tree, { ...left, tries: Math.max(left.tries - 1, 0), gapAt: moment.monotonic }));
    const around = neighbours(now, tree, options.self, moment, node);
    return stay(withOrigin(now, tree, { ...left, gapAt: moment.monotonic + pauseAfter(left.tries, around) }));
  });
}

// ---- What was missed of the order --------------------------------------------------------------------------------------

/** Asks for what the log has ordered: which messages it was, where that is not known, else for the messages. */
export function fillOrders(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { recallAt }] of Object.entries(facts.trees)) {
    if (recallAt === null || recallAt > moment.monotonic) continue;
    step = chain(step, (now) => askForOrder(now, tree, options, moment));
  }
  return step;
}

function askForOrder(facts: BroadcastFacts, tree: TreeId, options: BroadcastOptions, moment: Moment): BroadcastStep {
  const { recalls, synced } = talkOf(facts, tree);
  const around = neighbours(facts, tree, options.self, moment, facts.leader);
  const next = around[recalls % Math.max(around.length, 1)];
  if (!synced) return stay(withTalk(facts, tree, { recallAt: null }));
  if (next === undefined || recalls >= around.length * ROUNDS) return giveUpOrdered(facts, tree, moment);
  const recallAt = moment.monotonic + LIMITS.broadcastHopMs * 2;
  const asked = withTalk(facts, tree, { recallAt, recalls: recalls + 1 });
  const hashes = soughtIn(facts, tree);
  if (hashes === undefined) return stay(asked, recall(next, tree));
  const seek: Effect = {
    effect: 'ask',
    to: next,
    tree: null,
    kind: 'broadcast.seek',
    body: { tree, hashes },
    deadlineMs: LIMITS.broadcastHopMs,
    onAnswer: 'broadcast.sought',
    tag: { tree },
  };
  return stay(asked, seek);
}

export interface SeekBody {
  readonly tree: TreeId;
  readonly hashes: readonly string[];
}

/** A peer misses messages of the order. */
export function takeSeek(facts: BroadcastFacts, { tree, hashes }: SeekBody, moment: Moment): BroadcastStep {
  const { channel, loose } = talkOf(facts, tree);
  const keptOf = (hash: string): Kept | null | undefined => {
    const place = channel?.places.get(hash);
    return place === undefined ? loose.get(hash) : channel?.listed[place - channel.base.count - 1]?.kept;
  };
  const found = hashes.flatMap((hash) => keptOf(hash) ?? []);
  return stay(facts, { effect: 'reply', body: { messages: handed(found, moment) } as unknown as Json });
}

/** Messages of the order that were fetched. For what is still missing the next neighbour is asked. */
export function takeSought(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree } = tag as { readonly tree: TreeId };
  const messages = outcome.ok ? (outcome.body as unknown as Pick<FetchedBody, 'messages'>).messages : [];
  const took = chain(
    stay(facts),
    ...messages.map(
      ({ message, ageMs }) =>
        (now: BroadcastFacts) =>
          spreadLate(now, message, ageMs, options, moment),
    ),
  );
  const { recallAt, recalls } = talkOf(took.facts, tree);
  if (recallAt === null) return took;
  const around = neighbours(took.facts, tree, options.self, moment, facts.leader);
  const again = { recallAt: moment.monotonic + pauseAfter(recalls, around) };
  return { ...took, facts: withTalk(took.facts, tree, again) };
}
