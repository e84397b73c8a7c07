import type { Stamp } from './batch.ts';
import type { Hash, Line } from './names.ts';
import type { Slot } from './order.ts';
import type { Choice } from './rules.ts';

// What validators put their stamp on. Types and not interfaces, because they are JSON.

/** In ballot 0 for an order, in a later ballot for what its leader has proposed. */
export type Vote = SlotStatement<'vote'> & { readonly value: Hash };
/** "I hold a certificate of this value in this ballot, on my disk." */
export type Acknowledgement = SlotStatement<'ack'> & { readonly value: Hash };
/** Joining a ballot: nothing below it is voted for or acknowledged by this validator from now on. */
export type Report = SlotStatement<'report'> & { readonly vote: Hash | null; readonly certificate: Choice | null };
/** What the leader of a ballot wants decided. */
export type Proposal = SlotStatement<'proposal'> & { readonly value: Hash };
/** "These seats should go to spares." */
export type Wish = { readonly kind: 'wish'; readonly drop: readonly number[] };
/** Joining a ballot of the committee's own slot: nothing is voted for or acknowledged in any other slot from now on. */
export type Handover = SlotStatement<'handover'> & {
  readonly certificate: Choice | null;
  /** Hash of the list of lines and how far each has been applied. */
  readonly frontier: Hash;
  /** Certificates of slots beyond the frontier, ascending by line. */
  readonly open: readonly OpenCertificate[];
};

export type OpenCertificate = { readonly line: Line; readonly sequence: number } & Choice;

export type Statement = Vote | Acknowledgement | Report | Proposal | Wish | Handover;

type SlotStatement<K extends string> = {
  readonly kind: K;
  readonly line: Line;
  readonly sequence: number;
  readonly ballot: number;
};

/** A statement and the stamp that covers it. */
export type Said<S extends Statement = Statement> = { readonly statement: S; readonly stamp: Stamp };

export function voteOf({ line, sequence }: Slot, { ballot, value }: Choice): Vote {
  return { kind: 'vote', line, sequence, ballot, value };
}

export function acknowledgementOf({ line, sequence }: Slot, { ballot, value }: Choice): Acknowledgement {
  return { kind: 'ack', line, sequence, ballot, value };
}

export function proposalOf({ line, sequence }: Slot, { ballot, value }: Choice): Proposal {
  return { kind: 'proposal', line, sequence, ballot, value };
}
