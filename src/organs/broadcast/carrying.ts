import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { type BroadcastFacts, type BroadcastStep, isUp, laneOf, stay, withLane } from './facts.ts';
import { closeFor, nameOf } from './gathering.ts';
import {
  answered,
  EMPTY_LANE,
  isWaiting,
  type Lane,
  type Load,
  type Loaded,
  opensAt,
  patienceMs,
  take,
  unanswered,
} from './lane.ts';
import type { ForwardBody, Landing } from './messages.ts';

/** Puts parcels on their way: each to a peer of its own. They leave with the end of this step, or as soon as they may. */
export function load(
  facts: BroadcastFacts,
  parcels: readonly (readonly [to: NodeId, parcel: Loaded])[],
): BroadcastFacts {
  if (parcels.length === 0) return facts;
  const lanes = new Map(facts.lanes);
  for (const [to, parcel] of parcels) {
    const lane = lanes.get(to) ?? EMPTY_LANE;
    // Whoever lags so far fetches what it misses from its neighbours, once it gets on.
    lanes.set(to, { ...lane, parcels: [...lane.parcels.slice(1 - LIMITS.broadcastLaneMax), parcel] });
  }
  return { ...facts, lanes };
}

/** What leaves now, one frame a peer. */
export function depart(facts: BroadcastFacts, moment: Moment): BroadcastStep {
  const effects: Effect[] = [];
  const lanes: (readonly [NodeId, Lane])[] = [];
  for (const [to, lane] of facts.lanes) {
    if (opensAt(lane) > moment.monotonic) continue;
    const taken = take(lane, moment.monotonic);
    lanes.push([to, taken.lane]);
    effects.push(question(to, taken.load, patienceMs(lane), moment));
  }
  return lanes.length === 0 ? stay(facts) : stay({ ...facts, lanes: spared([...facts.lanes, ...lanes]) }, ...effects);
}

/** When something may leave next; Infinity where nothing waits. */
export function departsAt(facts: BroadcastFacts): number {
  let due = Number.POSITIVE_INFINITY;
  for (const lane of facts.lanes.values()) due = Math.min(due, opensAt(lane));
  return due;
}

/** What an empty lane remembers is only of use for a while. */
function spared(lanes: readonly (readonly [NodeId, Lane])[]): ReadonlyMap<NodeId, Lane> {
  const all = new Map(lanes);
  if (all.size <= LIMITS.broadcastLanesMax) return all;
  return new Map([...all].filter(([, lane]) => isWaiting(lane) || lane.flights > 0));
}

interface ForwardTag extends Load {
  readonly sentAt: number;
}

function question(to: NodeId, { parcels, tallies }: Load, deadlineMs: number, moment: Moment): Effect {
  const body: ForwardBody = {
    parcels: parcels.map(({ message, wave, countMs, bornAt }) => {
      return { message, wave, countMs, ageMs: Math.max(Math.ceil(moment.monotonic - bornAt), 0) };
    }),
    tallies: tallies.map(({ until: _, ...tally }) => tally),
  };
  const tag: ForwardTag = { parcels, tallies, sentAt: moment.monotonic };
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.forward',
    body: body as unknown as Json,
    deadlineMs,
    onAnswer: 'broadcast.forwarded',
    tag: tag as unknown as Json,
  };
}

/** What becomes of a parcel whose receiver is silent, or has no place for it. */
export type Undelivered = (
  facts: BroadcastFacts,
  to: NodeId,
  parcel: Loaded,
  why: 'silent' | 'refused',
) => BroadcastStep;

/** A peer has what was sent, with so many others; or it is silent. */
export function takeForwarded(
  facts: BroadcastFacts,
  { to, tag, outcome }: Answer,
  undelivered: Undelivered,
  moment: Moment,
): BroadcastStep {
  const { sentAt, ...sent } = tag as unknown as ForwardTag;
  const lane = laneOf(facts, to);
  if (!outcome.ok) {
    const silent = withLane(facts, to, unanswered(lane));
    return chain(
      stay(oweAgain(silent, to, sent, moment)),
      ...sent.parcels.map((parcel) => (now: BroadcastFacts) => undelivered(now, to, parcel, 'silent')),
    );
  }
  const { landings } = outcome.body as unknown as { readonly landings: readonly Landing[] };
  const heard = withLane(facts, to, answered(lane, sentAt, moment.monotonic));
  return chain(
    stay(heard),
    ...sent.parcels.map(
      (parcel, index) => (now: BroadcastFacts) => landed(now, to, parcel, landings[index] ?? 'refused', undelivered),
    ),
  );
}

function landed(
  facts: BroadcastFacts,
  to: NodeId,
  parcel: Loaded,
  landing: Landing,
  undelivered: Undelivered,
): BroadcastStep {
  if (landing === 'refused') return undelivered(facts, to, parcel, 'refused');
  if (landing === 'later' || parcel.countMs === 0) return stay(facts);
  return closeFor(facts, nameOf(parcel.message), to, landing);
}

/** Counts that are still of use are said once more. */
function oweAgain(facts: BroadcastFacts, to: NodeId, { tallies }: Load, { monotonic }: Moment): BroadcastFacts {
  const useful = isUp(facts, to) ? tallies.filter(({ until }) => until > monotonic) : [];
  const lane = laneOf(facts, to);
  return useful.length === 0 ? facts : withLane(facts, to, { ...lane, tallies: [...useful, ...lane.tallies] });
}
