import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { TreeId } from '../../contract/words.ts';
import { type BroadcastFacts, type BroadcastStep, originOf, stay, talkOf, withOrigin, withTalk } from './facts.ts';
import type { Told } from './messages.ts';
import { giveUp, hold, isMissing, isOverfull, type Origin, originName, release } from './origin.ts';

/** Keeps a sound, new message, and delivers it as soon as its turn has come. */
export function accept(facts: BroadcastFacts, message: Told, moment: Moment): BroadcastStep {
  const { author, tree } = message;
  const origin = originOf(facts, tree, author.node, author.incarnation, moment.monotonic);
  const held = hold(origin, message, moment.monotonic);
  const { synced, retained } = talkOf(facts, tree);
  const kept = [...retained.filter((one) => one.author.expiresAt > moment.now), message];
  const talk = { retained: kept.slice(-LIMITS.broadcastRetained), digestAt: digestAfter(facts, tree, moment) };
  const next = withTalk(facts, tree, talk);
  return synced ? deliver(next, tree, held, moment) : stay(limitOrigins(withOrigin(next, tree, held), tree));
}

/** Neighbours compare what they have for a while after anything was told; the first time soon. */
function digestAfter(facts: BroadcastFacts, tree: TreeId, moment: Moment): number {
  return talkOf(facts, tree).digestAt ?? moment.monotonic + LIMITS.broadcastDigestMs * (0.5 + moment.random());
}

/** Tells the node what may be told now of an origin, and waits for what is missing. */
export function deliver(facts: BroadcastFacts, tree: TreeId, origin: Origin, moment: Moment): BroadcastStep {
  const ready = release(isOverfull(origin) ? giveUp(origin) : origin);
  const gapAt = isMissing(ready.origin) ? (origin.gapAt ?? moment.monotonic + LIMITS.broadcastGapMs) : null;
  const settled = { ...ready.origin, gapAt, tries: gapAt === null ? 0 : ready.origin.tries };
  const next = limitOrigins(withOrigin(facts, tree, settled), tree);
  return stay(next, ...ready.ready.map(received));
}

function received({ tree, body: { topic, body }, author }: Told): Effect {
  return { effect: 'emit', kind: 'broadcast.received', body: { tree, topic, body, origin: author.node } };
}

/** Keeps the origins that were heard of last. */
function limitOrigins(facts: BroadcastFacts, tree: TreeId): BroadcastFacts {
  const origins = Object.values(talkOf(facts, tree).origins);
  if (origins.length <= LIMITS.broadcastOriginsMax) return facts;
  const kept = origins.sort((a, b) => b.heardAt - a.heardAt).slice(0, LIMITS.broadcastOriginsMax);
  const named = kept.map((origin) => [originName(origin.node, origin.incarnation), origin] as const);
  return withTalk(facts, tree, { origins: Object.fromEntries(named) });
}
