import { LIMITS } from '../../contract/limits.ts';
import type { Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { findNewest, type Kept } from './archive.ts';
import { load } from './carrying.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  isUp,
  originOf,
  ownMap,
  spkiOf,
  stay,
  talkOf,
  withTalk,
} from './facts.ts';
import { closeFor, expectFrom, gather, mayGather, nameOf, takeTally } from './gathering.ts';
import type { Loaded } from './lane.ts';
import { type ForwardBody, type Landing, ORDERED_KIND, type Parcel, type Told } from './messages.ts';
import { acceptOrdered, isNewOrdered } from './ordered.ts';
import { isNew, numberIn } from './origin.ts';
import { accept } from './receiving.ts';
import { type Target, targetsBelow, targetsOf, type Wave } from './wave.ts';

/** Room for the fields of a message around its body, its author's signature among them. */
const MESSAGE_OVERHEAD_BYTES = 600;

/** What a peer sent: messages on their way down, counts on their way up. Answered at once with what became of each. */
export function takeForward(
  facts: BroadcastFacts,
  { parcels, tallies }: ForwardBody,
  from: NodeId,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const landings: Landing[] = [];
  return chain(
    stay(facts),
    ...tallies.map((tally) => (now: BroadcastFacts) => takeTally(now, from, tally, options.self)),
    ...parcels.map((parcel) => (now: BroadcastFacts) => {
      const { landing, step } = takeParcel(now, parcel, from, options, moment);
      landings.push(landing);
      return step;
    }),
    (now) => stay(now, { effect: 'reply', body: { landings } }),
  );
}

interface Landed {
  readonly landing: Landing;
  readonly step: BroadcastStep;
}

/** What is new is delivered and passed on; what is here already is passed on where it has come down the tree at last. */
function takeParcel(
  facts: BroadcastFacts,
  { message, wave, countMs, ageMs }: Parcel,
  from: NodeId,
  options: BroadcastOptions,
  moment: Moment,
): Landed {
  const fresh = isNewHere(facts, message, options, moment);
  const isUnserved = talkOf(facts, message.tree).unserved.includes(nameOf(message));
  if (!fresh && !isUnserved) return { landing: landingAt(facts, message, from), step: stay(facts) };
  if (refusalOf(facts, message, options, moment) !== undefined) return { landing: 'refused', step: stay(facts) };
  const counting = countMs > 0 && mayGather(facts) ? { towards: from, countMs } : null;
  const kept = keep(message, moment, counting?.towards ?? null, ageMs);
  const step = chain(fresh ? acceptAny(facts, kept, options, moment) : stay(served(facts, message)), (now) =>
    spread(now, kept, wave, counting, options, moment),
  );
  return { landing: facts.gathers === step.facts.gathers ? 1 : landingAt(step.facts, message, from), step };
}

export function keep(message: Told, moment: Moment, towards: NodeId | null, ageMs = 0): Kept {
  const bytes = Buffer.byteLength(JSON.stringify(message.body)) + MESSAGE_OVERHEAD_BYTES;
  return { message, bytes, bornAt: moment.monotonic - ageMs, towards };
}

/** Why a message is neither delivered nor passed on; undefined for one that is sound. */
export function refusalOf(
  facts: BroadcastFacts,
  message: Told,
  options: BroadcastOptions,
  moment: Moment,
): string | undefined {
  if (ownMap(facts, message.tree, options.self) === undefined) return 'no-actor';
  if (message.author.expiresAt <= moment.now) return 'deadline';
  return options.verify(message, moment.now, (node) => spkiOf(facts, node)) ? undefined : 'refused';
}

export function isNewHere(facts: BroadcastFacts, message: Told, options: BroadcastOptions, moment: Moment): boolean {
  const { author, tree, kind } = message;
  if (kind === ORDERED_KIND) return isNewOrdered(facts, message, options);
  return isNew(originOf(facts, tree, author.node, author.incarnation, moment.monotonic), numberIn(message));
}

export function acceptAny(facts: BroadcastFacts, kept: Kept, options: BroadcastOptions, moment: Moment): BroadcastStep {
  return kept.message.kind === ORDERED_KIND ? acceptOrdered(facts, kept, options, moment) : accept(facts, kept, moment);
}

/** It is here before it comes down the tree: then it is to be passed on all the same. */
export function unserved(facts: BroadcastFacts, message: Told): BroadcastFacts {
  const names = talkOf(facts, message.tree).unserved;
  const others = names.filter((one) => one !== nameOf(message)).slice(1 - LIMITS.broadcastHeldMax);
  return withTalk(facts, message.tree, { unserved: [...others, nameOf(message)] });
}

export function served(facts: BroadcastFacts, message: Told): BroadcastFacts {
  const names = talkOf(facts, message.tree).unserved.filter((one) => one !== nameOf(message));
  return withTalk(facts, message.tree, { unserved: names });
}

/** Whoever counts this cell may ask again, as its answer may have been lost; nobody else may count it as well. */
function landingAt(facts: BroadcastFacts, message: Told, from: NodeId): Landing {
  const one = facts.gathers.get(nameOf(message));
  if (one !== undefined) return one.towards !== from ? 0 : one.isOver ? one.count : 'later';
  const { archive, loose } = talkOf(facts, message.tree);
  const isThis = ({ message: other }: Kept): boolean => nameOf(other) === nameOf(message);
  const kept = findNewest(archive, isThis) ?? [...loose.values()].find(isThis);
  return kept?.towards === from ? 1 : 0;
}

/** Who counts, and for how long. */
interface Counting {
  /** Null where this node is the top of the tree. */
  readonly towards: NodeId | null;
  readonly countMs: number;
}

/** Passes a message on to the live cells below, and gathers their counts where somebody counts. */
export function spread(
  facts: BroadcastFacts,
  kept: Kept,
  wave: Wave,
  counting: Counting | null,
  { self }: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { message } = kept;
  const map = ownMap(facts, message.tree, self);
  if (map === undefined) return stay(facts);
  const { servedAt } = talkOf(facts, message.tree);
  // The first message after a pause goes where connections are open anyway; those that follow soon are worth new ones.
  const width = moment.monotonic - servedAt < LIMITS.broadcastWarmMs ? LIMITS.broadcastWidth : 0;
  const targets = targetsOf(map, wave, self, (node) => isUp(facts, node), width);
  const left = Math.max(Math.floor((counting?.countMs ?? 0) - LIMITS.broadcastMarginMs), 0);
  const next = withTalk(facts, message.tree, { servedAt: moment.monotonic });
  const loaded = load(next, toTargets(targets, kept, left));
  const open = left === 0 ? [] : targets.map(({ node }) => node);
  if (counting === null || (open.length === 0 && counting.towards !== null)) return stay(loaded);
  return gather(loaded, message, counting.towards, open, moment.monotonic + counting.countMs);
}

function toTargets(
  targets: readonly Target[],
  { message, bytes, bornAt }: Omit<Kept, 'towards'>,
  countMs: number,
): [NodeId, Loaded][] {
  return targets.map(({ node, wave }) => [node, { message, bytes, bornAt, wave, countMs, tried: null, again: false }]);
}

/**
 * A cell below is silent, or has no place for the message: those that it was to serve are served from here. One that is
 * silent is asked once more, because most often only an answer was lost, and with it a count.
 */
export function passOver(
  facts: BroadcastFacts,
  node: NodeId,
  parcel: Loaded,
  why: 'silent' | 'refused',
  { self }: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { message, wave, again, countMs } = parcel;
  const name = nameOf(message);
  const dueAt = facts.gathers.get(name)?.dueAt ?? 0;
  const left = countMs === 0 ? 0 : Math.max(Math.floor(dueAt - moment.monotonic - LIMITS.broadcastMarginMs), 0);
  const map = ownMap(facts, message.tree, self);
  const isAlive = (other: NodeId): boolean => isUp(facts, other) && other !== node;
  const below = map === undefined || wave !== 'below' || again ? [] : targetsBelow(map, node, self, isAlive);
  const parcels = toTargets(below, parcel, left);
  const isRepeated = why === 'silent' && !again && isUp(facts, node);
  if (isRepeated) parcels.push([node, { ...parcel, countMs: left, again: true }]);
  const waited =
    left === 0
      ? facts
      : expectFrom(
          facts,
          name,
          below.map(({ node: other }) => other),
        );
  const loaded = load(waited, parcels);
  return isRepeated && left > 0 ? stay(loaded) : closeFor(loaded, name, node, 0);
}

/** Passes on what was fetched after all: who is below has most likely missed it, too. */
export function spreadLate(
  facts: BroadcastFacts,
  message: Told,
  ageMs: number,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  if (!isNewHere(facts, message, options, moment)) return stay(facts);
  if (refusalOf(facts, message, options, moment) !== undefined) return stay(facts);
  const kept = keep(message, moment, null, ageMs);
  return chain(acceptAny(facts, kept, options, moment), (now) => spread(now, kept, 'below', null, options, moment));
}
