import { canonical, utf8 } from '../../contract/encoding.ts';
import type { Amount } from './amount.ts';
import type { AssetDefinition } from './asset.ts';
import {
  type COMMITTEE_LINE,
  type Hash,
  type HolderId,
  hashOf,
  type LedgerId,
  type Line,
  type PendingId,
  pendingIdOf,
  type ShellId,
} from './names.ts';

// Types and not interfaces, because they are JSON: hashed, signed, stored and sent as they are.

/** A place in a line: the slot after the one whose outcome is `previous`. */
export type Place<L extends Line = Line> = {
  readonly line: L;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** The value of the slot before: of a shell's first slot `NO_HEAD`, of a pending's first one the order that made it. */
  readonly previous: Hash;
};

/** Debits of one shell, all or none. */
export type ShellLeg = Place<ShellId> & {
  /** SPKI of the shell's holder, base64url. */
  readonly owner: string;
  readonly entries: readonly Entry[];
  /** Of the shell's asset: needed once, in an issuer's first order. */
  readonly definition?: AssetDefinition;
};

export type Entry = Payment | Hold | Offer;

type EntryBase = {
  /** The client's, 1 to 64 characters; takes effect once per shell, however often and in whatever order it is signed. */
  readonly id: string;
  readonly amount: Amount;
  readonly memo?: string;
};

export type Payment = EntryBase & { readonly kind: 'payment'; readonly to: ShellId };

/** A pending transfer: reserved now, posted (in whole or in part) or voided later. */
export type Hold = EntryBase & {
  readonly kind: 'hold';
  readonly to: ShellId;
  /** Epoch milliseconds from which it may be ended as expired, and no more be posted; null for never. */
  readonly expiresAt: number | null;
  /** Who may post it. */
  readonly post: readonly HolderId[];
  /** Who may void it. */
  readonly void: readonly HolderId[];
};

/** Reserved for whoever pays the price, as a whole. */
export type Offer = EntryBase & {
  readonly kind: 'offer';
  readonly price: { readonly to: ShellId; readonly amount: Amount };
  /** Who may take it; null for anybody. */
  readonly takers: readonly HolderId[] | null;
  readonly expiresAt: number | null;
  readonly void: readonly HolderId[];
};

/** The place that a take has in the offer's own line. */
export type TakeLeg = Place<PendingId> & {
  /** Where the offered amount goes. */
  readonly to: ShellId;
};

/** How a pending ends, other than by a take. */
export type ResolveLeg = Place<PendingId> & {
  readonly action: 'post' | 'void' | 'expire';
  /** Of a post: what is transferred; the rest is released. */
  readonly amount?: Amount;
  /** SPKI of who decides it; null for `expire`, which only the clock does. */
  readonly by: string | null;
};

type Body<K extends string, L extends readonly Place[]> = {
  readonly v: 1;
  readonly kind: K;
  readonly ledger: LedgerId;
  /** The committee that may settle it: an order of one is nothing to another. */
  readonly committee: number;
  /** Ascending by `compareLines`: the first one is the home slot, in which all of them are decided. */
  readonly legs: L;
};

export type Transfer = Body<'transfer', readonly [ShellLeg]>;
export type Trade = Body<'trade', readonly [ShellLeg, ShellLeg]>;
export type Take = Body<'take', readonly [TakeLeg, ShellLeg]>;
export type Resolution = Body<'resolve', readonly [ResolveLeg]>;
/** Takes a slot and does nothing: what a ballot decides where nothing may have been settled. Nobody signs it. */
export type Void = Body<'void', readonly [Place]>;

/** How one committee hands over to the next, in the committee's own line. Nobody signs it: it follows from reports. */
export type Change = Body<'change', readonly [Place<typeof COMMITTEE_LINE>]> & {
  /** Seats that go to spares, ascending. */
  readonly drop: readonly number[];
  /** SPKIs of the next committee, by seat. */
  readonly next: readonly string[];
  /** Slots that this committee had certified and not settled as far as the reports know: settled by this. */
  readonly settled: readonly HandedSlot[];
  /** Of the whole state with those slots applied. */
  readonly root: Hash;
};

export type HandedSlot = { readonly line: Line; readonly sequence: number; readonly value: Hash };

export type Order = Transfer | Trade | Take | Resolution;
export type Outcome = Order | Void | Change;

export type Signed<B extends Outcome = Outcome> = {
  readonly body: B;
  /** In the order of `signersOf`; domain `ledger-order`, over the canonical body. */
  readonly signatures: readonly string[];
};

/** Bodies never change, and are asked for their digest at every turn. */
const digests = new WeakMap<object, Hash>();

/** The value that stands for an outcome in votes, certificates and heads. */
export function digestOf(body: Outcome): Hash {
  const known = digests.get(body);
  if (known !== undefined) return known;
  const digest = hashOf('ledger-order', canonical(body));
  digests.set(body, digest);
  return digest;
}

/** True for what an owner may ask for; everything else only ballots decide. */
export function isOrder(body: Outcome): body is Order {
  return body.kind !== 'void' && body.kind !== 'change';
}

/** What its owners sign. */
export function orderClaim(body: Order): Uint8Array {
  return utf8(canonical(body));
}

/** The keys that must have signed it, in order. */
export function signersOf(body: Outcome): readonly string[] {
  if (body.kind === 'void' || body.kind === 'change') return [];
  if (body.kind === 'resolve') return body.legs[0].by === null ? [] : [body.legs[0].by];
  return shellLegsOf(body).map(({ owner }) => owner);
}

export function shellLegsOf(body: Outcome): readonly ShellLeg[] {
  if (body.kind === 'transfer' || body.kind === 'trade') return body.legs;
  return body.kind === 'take' ? [body.legs[1]] : [];
}

/** The slot in which it is decided. */
export function homeOf(body: Outcome): Place {
  return body.legs[0];
}

/** Its place in the slot, if it has one there. */
export function placeIn(body: Outcome, slot: Slot): Place | undefined {
  return body.legs.find(({ line, sequence }) => line === slot.line && sequence === slot.sequence);
}

/** The (line, sequence) that is decided once. */
export interface Slot {
  readonly line: Line;
  readonly sequence: number;
}

export function isSameSlot(a: Slot, b: Slot): boolean {
  return a.line === b.line && a.sequence === b.sequence;
}

export function voidOf(ledger: LedgerId, committee: number, { line, sequence, previous }: Place): Void {
  return { v: 1, kind: 'void', ledger, committee, legs: [{ line, sequence, previous }] };
}

/** Every shell whose balance the order changes, once each; of a resolution that is for its pending to say. */
export function shellsOf(body: Outcome): readonly ShellId[] {
  const paid = shellLegsOf(body).flatMap(({ line, entries }) => [line, ...entries.flatMap(creditedBy)]);
  return [...new Set(body.kind === 'take' ? [...paid, body.legs[0].to] : paid)];
}

function creditedBy(entry: Entry): readonly ShellId[] {
  return entry.kind === 'offer' ? [] : [entry.to];
}

/** The pendings that the order makes. */
export function pendingsMadeBy(body: Outcome): readonly PendingId[] {
  return shellLegsOf(body).flatMap(({ line, entries }) =>
    entries.flatMap(({ kind, id }) => (kind === 'payment' ? [] : [pendingIdOf(line, id)])),
  );
}
