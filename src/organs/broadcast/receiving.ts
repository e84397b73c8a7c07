import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { TreeId } from '../../contract/words.ts';
import { archive, type Kept } from './archive.ts';
import { strike, valuesOf } from './book.ts';
import { type BroadcastFacts, type BroadcastStep, originOf, stay, talkOf, withOrigin, withTalk } from './facts.ts';
import type { Told } from './messages.ts';
import { giveUp, hold, isMissing, isOverfull, numberIn, type Origin, originName, release } from './origin.ts';

/** Keeps a sound, new message, and delivers it as soon as its turn has come. */
export function accept(facts: BroadcastFacts, kept: Kept, moment: Moment): BroadcastStep {
  const { message } = kept;
  const { author, tree } = message;
  const talk = talkOf(facts, tree);
  const origin = originOf(facts, tree, author.node, author.incarnation, moment.monotonic);
  const held = hold(origin, kept, moment.monotonic);
  const next = withTalk(facts, tree, {
    archive: archive(talk.archive, kept, moment.monotonic),
    digestAt: digestAfter(facts, tree, moment),
  });
  return talk.synced ? deliver(next, tree, held, moment) : stay(limitOrigins(withOrigin(next, tree, held), tree));
}

/** Neighbours compare what they have for a while after anything was told; the first time soon. */
function digestAfter(facts: BroadcastFacts, tree: TreeId, moment: Moment): number {
  return talkOf(facts, tree).digestAt ?? moment.monotonic + LIMITS.broadcastDigestMs * (0.5 + moment.random());
}

/** Tells the node what may be told now of an origin, and waits for what is missing. */
export function deliver(facts: BroadcastFacts, tree: TreeId, origin: Origin, moment: Moment): BroadcastStep {
  const { origin: released, ready } = release(isOverfull(origin) ? giveUp(origin) : origin);
  const gapAt = isMissing(released) ? (origin.gapAt ?? moment.monotonic + LIMITS.broadcastGapMs) : null;
  const settled = { ...released, gapAt, tries: gapAt === null ? 0 : released.tries };
  const effects = ready
    .filter((kept) => isMeantFor(facts, tree, kept))
    .map(({ message }) => received(message, numberIn(message)));
  return stay(limitOrigins(withOrigin(facts, tree, settled), tree), ...effects);
}

/** What was told before this node came is for it only where its author wants that. */
export function isMeantFor(facts: BroadcastFacts, tree: TreeId, { message, bornAt }: Kept): boolean {
  return message.body.late || bornAt >= talkOf(facts, tree).beganAt;
}

/** @param number its place, where it has one in the order of all */
export function received({ tree, kind, body: { topic, body }, author }: Told, number: number): Effect {
  const heard: NodeEvents['broadcast.received'] = {
    tree,
    topic,
    body,
    origin: author.node,
    incarnation: author.incarnation,
    order: kind === 'broadcast.ordered' ? 'total' : 'origin',
    number,
  };
  return { effect: 'emit', kind: 'broadcast.received', body: heard };
}

/** Keeps the origins that were heard of last. */
function limitOrigins(facts: BroadcastFacts, tree: TreeId): BroadcastFacts {
  const { origins, gaps } = talkOf(facts, tree);
  if (origins.size <= LIMITS.broadcastOriginsMax) return facts;
  let oldest: Origin | undefined;
  for (const origin of valuesOf(origins)) if (origin.heardAt < (oldest?.heardAt ?? Infinity)) oldest = origin;
  if (oldest === undefined) return facts;
  const name = originName(oldest.node, oldest.incarnation);
  const { [name]: _, ...rest } = gaps;
  return withTalk(facts, tree, { origins: strike(origins, name), gaps: rest });
}
