import type { LogRecord } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import { inOrder, UNORDERED } from '../../contract/ordering.ts';
import type { Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Ordering, TreeId, View } from '../../contract/words.ts';
import type { Kept } from './archive.ts';
import { adopted, type Channel, channelAt, fill, lacks, list, missingIn, skip, turn } from './channel.ts';
import { type BroadcastFacts, type BroadcastOptions, type BroadcastStep, stay, talkOf, withTalk } from './facts.ts';
import type { Recalled, Told } from './messages.ts';
import { findPublication, progress } from './publication.ts';
import { isMeantFor, received } from './receiving.ts';

/** How far the log has ordered the messages of a tree. */
export function goalOf(view: View | null, tree: TreeId): Ordering {
  return view?.ordered?.[tree] ?? UNORDERED;
}

/** Where nothing was ordered yet, it is known where the order begins. */
export function openWhereEmpty(facts: BroadcastFacts, tree: TreeId): BroadcastFacts {
  const { channel } = talkOf(facts, tree);
  if (channel !== null || goalOf(facts.view, tree).count > 0) return facts;
  return withTalk(facts, tree, { channel: channelAt(UNORDERED) });
}

/** A newer view: messages have got their places. Where it is not known which, a neighbour is asked. */
export function takeOrders(
  facts: BroadcastFacts,
  tree: TreeId,
  records: readonly LogRecord[],
  moment: Moment,
): BroadcastStep {
  const { channel, loose } = talkOf(facts, tree);
  const goal = goalOf(facts.view, tree);
  if (channel === null || goal.chain === channel.end.chain) return stay(facts);
  const hashes = records.flatMap(({ entry }) => (entry.type === 'ORDER' && entry.tree === tree ? entry.hashes : []));
  const fresh = hashes.slice(Math.max(hashes.length - (goal.count - channel.end.count), 0));
  const end = inOrder(channel.end, fresh);
  if (end.count !== goal.count || end.chain !== goal.chain) return stay(recallSoon(facts, tree, moment));
  const longer = list(channel, fresh, (hash) => loose.get(hash), moment.monotonic);
  return chain(
    reportGap(facts, tree, channel, longer),
    (now) => deliverOrdered(withTalk(now, tree, { channel: longer, loose: less(loose, fresh) }), tree, moment),
    (now) => tellPlaces(now, tree, fresh),
  );
}

/** The publishers of this node's own messages learn their places. */
function tellPlaces(facts: BroadcastFacts, tree: TreeId, hashes: readonly string[]): BroadcastStep {
  const { channel } = talkOf(facts, tree);
  const places = hashes.map((hash) => (now: BroadcastFacts): BroadcastStep => {
    const token = findPublication(now, (one) => one.hash === hash);
    const place = channel?.places.get(hash);
    return token === undefined || place === undefined ? stay(now) : progress(now, token, { place });
  });
  return chain(stay(facts), ...places);
}

/** A sound, new message of the order: it is delivered in its place, and waits for one that it has not got yet. */
export function acceptOrdered(
  facts: BroadcastFacts,
  kept: Kept,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree } = kept.message;
  const { channel, loose } = talkOf(facts, tree);
  const hash = options.hash(kept.message);
  if (channel?.places.has(hash) !== true)
    return stay(withTalk(facts, tree, { loose: more(loose, hash, kept, moment) }));
  return deliverOrdered(withTalk(facts, tree, { channel: fill(channel, hash, kept) }), tree, moment);
}

export function isNewOrdered(facts: BroadcastFacts, message: Told, options: BroadcastOptions): boolean {
  const { channel, loose } = talkOf(facts, message.tree);
  const hash = options.hash(message);
  return !loose.has(hash) && (channel === null || lacks(channel, hash, message));
}

/** Tells the node what has its turn, and waits for what is missing. */
export function deliverOrdered(facts: BroadcastFacts, tree: TreeId, moment: Moment): BroadcastStep {
  const before = talkOf(facts, tree).channel;
  if (before === null) return stay(facts);
  const { channel, ready } = turn(before);
  const meant = ready.filter(({ kept }) => isMeantFor(facts, tree, kept));
  const effects = meant.map(({ kept, place }) => received(kept.message, place));
  const isMissing = channel.delivered < channel.end.count || channel.end.chain !== goalOf(facts.view, tree).chain;
  const { recallAt, recalls } = talkOf(facts, tree);
  const next = withTalk(facts, tree, {
    channel,
    recallAt: isMissing ? (recallAt ?? moment.monotonic + LIMITS.broadcastGapMs) : null,
    recalls: isMissing && channel === before ? recalls : 0,
  });
  return stay(next, ...effects);
}

/** What a neighbour recalls. Undefined where it doesn't lead to where the log is here. */
export function takeOrder(
  facts: BroadcastFacts,
  tree: TreeId,
  recalled: Recalled,
  moment: Moment,
): BroadcastStep | undefined {
  const { channel, loose } = talkOf(facts, tree);
  const known = adopted(recalled, goalOf(facts.view, tree), channel);
  if (known === undefined) return undefined;
  let filled = known;
  for (const hash of recalled.hashes) {
    const kept = loose.get(hash);
    if (kept !== undefined) filled = fill(filled, hash, kept);
  }
  const begun = withTalk(facts, tree, {
    channel: filled,
    loose: less(loose, recalled.hashes),
    recallAt: null,
    recalls: 0,
  });
  return chain(
    channel === null ? stay(begun) : reportGap(begun, tree, channel, known),
    (now) => deliverOrdered(now, tree, moment),
    (now) => tellPlaces(now, tree, recalled.hashes),
  );
}

/** Nobody has what is next. What it was is never known; the order of the rest holds. */
export function giveUpOrdered(facts: BroadcastFacts, tree: TreeId, moment: Moment): BroadcastStep {
  const { channel } = talkOf(facts, tree);
  const goal = goalOf(facts.view, tree);
  const isKnown = channel !== null && channel.end.chain === goal.chain;
  const after = isKnown ? skip(channel) : { ...channelAt(goal), marks: channel?.marks ?? channelAt(goal).marks };
  const next = withTalk(facts, tree, { channel: after, recallAt: null, recalls: 0 });
  return chain(channel === null ? stay(next) : reportGap(next, tree, channel, after), (now) =>
    deliverOrdered(now, tree, moment),
  );
}

/** The hashes of what has its place but is not here; undefined where not even the hashes are. */
export function soughtIn(facts: BroadcastFacts, tree: TreeId): readonly string[] | undefined {
  const { channel } = talkOf(facts, tree);
  if (channel === null || channel.end.chain !== goalOf(facts.view, tree).chain) return undefined;
  return missingIn(channel, LIMITS.broadcastFetchMax);
}

export function recallSoon(facts: BroadcastFacts, tree: TreeId, moment: Moment): BroadcastFacts {
  const { recallAt } = talkOf(facts, tree);
  return withTalk(facts, tree, { recallAt: recallAt ?? moment.monotonic + LIMITS.broadcastGapMs });
}

/** Places that were passed without their messages are no secret. */
function reportGap(facts: BroadcastFacts, tree: TreeId, before: Channel, after: Channel): BroadcastStep {
  if (after.delivered <= before.delivered) return stay(facts);
  const params = { tree, order: 'total', after: before.delivered, through: after.delivered };
  return stay(facts, { effect: 'run', name: 'report', params });
}

function more(loose: ReadonlyMap<string, Kept>, hash: string, kept: Kept, { monotonic }: Moment): Map<string, Kept> {
  const next = new Map(loose).set(hash, kept);
  const since = monotonic - LIMITS.broadcastExpiryMs;
  for (const [oldest, { bornAt }] of next) {
    if (next.size <= LIMITS.broadcastLooseMax && bornAt > since) break;
    next.delete(oldest);
  }
  return next;
}

function less(loose: ReadonlyMap<string, Kept>, hashes: readonly string[]): ReadonlyMap<string, Kept> {
  if (!hashes.some((hash) => loose.has(hash))) return loose;
  const next = new Map(loose);
  for (const hash of hashes) next.delete(hash);
  return next;
}
