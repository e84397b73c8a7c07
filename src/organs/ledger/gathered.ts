import { LIMITS } from '../../contract/limits.ts';
import type { Stamp } from './batch.ts';
import type { Handed } from './handover.ts';
import type { Line } from './names.ts';
import type { Slot } from './order.ts';
import { slotKey } from './records.ts';
import type { Reported } from './report.ts';
import type { Choice } from './rules.ts';

/**
 * What others said in ballots under way, in memory only: whoever loses it hears it again, or in the next ballot. Of each
 * seat the last word of a kind is kept, so a slot costs as much as the committee has seats.
 */
export interface Gathered {
  /** By slot key, the one left alone for longest first. */
  readonly slots: ReadonlyMap<string, Gathering>;
}

export interface Gathering {
  readonly slot: Slot & { readonly line: Line };
  readonly reports: { readonly [seat: number]: Reported | Handed };
  readonly votes: { readonly [seat: number]: Heard };
  readonly acks: { readonly [seat: number]: Heard };
  /** The home slot whose decision this one waits for. */
  readonly awaits: Slot | null;
}

export type Heard = Choice & { readonly stamp: Stamp };

export const NOTHING_GATHERED: Gathered = { slots: new Map() };

export function gatheringOf({ slots }: Gathered, slot: Slot): Gathering {
  return slots.get(slotKey(slot)) ?? { slot: { ...slot }, reports: {}, votes: {}, acks: {}, awaits: null };
}

/** With what changed, as the one used last; the one left alone for longest makes room. */
export function withGathering({ slots }: Gathered, slot: Slot, change: Partial<Gathering>): Gathered {
  const key = slotKey(slot);
  const after = new Map(slots);
  after.delete(key);
  after.set(key, { ...gatheringOf({ slots }, slot), ...change });
  if (after.size > LIMITS.ledgerBallotsMax) after.delete(after.keys().next().value as string);
  return { slots: after };
}

export function withoutGathering(gathered: Gathered, slot: Slot): Gathered {
  if (!gathered.slots.has(slotKey(slot))) return gathered;
  const after = new Map(gathered.slots);
  after.delete(slotKey(slot));
  return { slots: after };
}

/** The later word of a seat: what it said in a lower ballot no longer counts. */
export function heard<H extends { readonly ballot: number }>(
  before: { readonly [seat: number]: H },
  seat: number,
  said: H,
): { readonly [seat: number]: H } {
  const known = before[seat];
  return known !== undefined && known.ballot >= said.ballot ? before : { ...before, [seat]: said };
}

/** Whoever said exactly this. */
export function stampsFor(said: { readonly [seat: number]: Heard }, { ballot, value }: Choice): Stamp[] {
  return Object.values(said).flatMap((one) => (one.ballot === ballot && one.value === value ? [one.stamp] : []));
}
