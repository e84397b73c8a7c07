import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Parcel, Tally } from './messages.ts';

/** A parcel on its way, with what its sender must remember of it. */
export interface Loaded extends Omit<Parcel, 'ageMs'> {
  /** When it was told, by this node's monotonic milliseconds. */
  readonly bornAt: number;
  /** Of the message, about. */
  readonly bytes: number;
  /** Of a message on its way to the top of the tree: those that did not take it. Null on the way down. */
  readonly tried: readonly NodeId[] | null;
  /** Whether it was sent before, and no answer came. */
  readonly again: boolean;
}

/** A count on its way up, of use until `until`, monotonic milliseconds. */
export interface Owed extends Tally {
  readonly until: number;
}

/** What goes to a peer at once. */
export interface Load {
  readonly parcels: readonly Loaded[];
  readonly tallies: readonly Owed[];
}

/**
 * What waits for one peer. The first message leaves at once; those that follow within half a round trip travel together.
 * So a broadcast is never held up longer than a hop takes anyway, and many at once cost few frames.
 */
export interface Lane extends Load {
  /** Frames that were not answered yet. */
  readonly flights: number;
  /** When the last one left, monotonic milliseconds. */
  readonly departedAt: number;
  /** How long the last answer took; null before there was any. */
  readonly roundMs: number | null;
}

export const EMPTY_LANE: Lane = {
  parcels: [],
  tallies: [],
  flights: 0,
  departedAt: Number.NEGATIVE_INFINITY,
  roundMs: null,
};

export function isWaiting({ parcels, tallies }: Load): boolean {
  return parcels.length + tallies.length > 0;
}

export function hasRoom({ parcels }: Lane): boolean {
  return parcels.length < LIMITS.broadcastLaneMax;
}

/** When what waits may leave; Infinity where nothing waits, or an answer comes first. */
export function opensAt(lane: Lane): number {
  if (!isWaiting(lane) || lane.flights >= LIMITS.controlFramesMax) return Number.POSITIVE_INFINITY;
  return lane.departedAt + pauseMs(lane);
}

/** Takes out what goes into the next frame. */
export function take(lane: Lane, now: number): { readonly lane: Lane; readonly load: Load } {
  const parcels = lane.parcels.slice(0, fitting(lane.parcels));
  const tallies = lane.tallies.slice(0, LIMITS.broadcastFrameMax);
  const rest = { parcels: lane.parcels.slice(parcels.length), tallies: lane.tallies.slice(tallies.length) };
  return { lane: { ...lane, ...rest, flights: lane.flights + 1, departedAt: now }, load: { parcels, tallies } };
}

/** An answer came: from now on it is known how far the peer is. */
export function answered(lane: Lane, sentAt: number, now: number): Lane {
  return { ...lane, flights: lane.flights - 1, roundMs: now - sentAt };
}

export function unanswered(lane: Lane): Lane {
  return { ...lane, flights: lane.flights - 1 };
}

/** How long to wait for an answer: several round trips, as far as one knows how long those are. */
export function patienceMs({ roundMs }: Lane): number {
  if (roundMs === null) return LIMITS.broadcastHopMs;
  return Math.min(Math.max(roundMs * 6, LIMITS.broadcastHopMinMs), LIMITS.broadcastHopMs);
}

function pauseMs({ roundMs }: Lane): number {
  return roundMs === null ? LIMITS.broadcastGatherMs : Math.min(roundMs / 2, LIMITS.broadcastGatherMs);
}

/** How many parcels go into one frame: at least one, however large. */
function fitting(parcels: readonly Loaded[]): number {
  let bytes = 0;
  let count = 0;
  for (const parcel of parcels.slice(0, LIMITS.broadcastFrameMax)) {
    bytes += parcel.bytes;
    if (count > 0 && bytes > LIMITS.broadcastFrameBytes) break;
    count += 1;
  }
  return count;
}
