import type { Json } from '../../contract/words.ts';

/**
 * Why an order gets no vote. None of them is a vote against it: whoever asks brings what is missing, or signs another
 * order. Named after TigerBeetle's results of `create_transfers` where they mean the same.
 */
export const REFUSALS = {
  malformed: 'It is not what an order looks like.',
  wrong_ledger: 'It is of another ledger.',
  wrong_committee: 'It is of another committee; `known` says which one is in office.',
  bad_signature: "A signature is missing, or is not its owner's over exactly this body.",
  wrong_owner: "The key is not that of the shell's holder.",
  not_in_office: 'This validator has no seat, or has lost its memory, and only learns.',
  handing_over: 'The committee is changing: sign it for the next one.',
  busy: 'Too much is under way; try again later.',

  gap: 'A slot before has not been applied here; `known` says how far the line is. Bring the settlements between.',
  fork: 'Its `previous` is not the outcome of the slot before.',
  spent: 'The slot has another outcome; `known` is its value.',
  voted: 'This validator has voted for another order in a slot of this one; `known` is that order.',
  balloted: 'A ballot of the slot has begun: it is decided by ballots from now on.',
  unknown_asset: "No order has defined the asset here. Bring the issuer's settlement, or the definition.",
  unknown_pending: 'No such pending is known here. Bring the settlement that made it.',
  nothing_to_unlock: 'This validator has voted for nothing in the slot of the pending: ask it for a vote first.',
  unknown_shell: 'The shell was never paid to, and issues nothing.',
  insufficient: 'The shell does not have as much here; `known` says what it has. Bring the settlements that pay it.',

  amount_must_not_be_zero: 'An amount is zero.',
  shells_must_be_different: 'A shell pays itself.',
  assets_must_be_the_same: 'A shell is paid from a shell of another asset.',
  wrong_definition: 'The definition is not that of the asset, or of another ledger.',
  too_many_pendings: 'The shell has as many pendings open as it may.',

  exists: 'The id took effect in this shell before, for the same; `known` says in which slot.',
  exists_with_different_kind: 'The id took effect in this shell before, for an entry of another kind.',
  exists_with_different_to: 'The same, for another payee.',
  exists_with_different_amount: 'The same, for another amount.',
  exists_with_different_expiry: 'The same, with another expiry.',
  exists_with_different_terms: 'The same, with others who may post, void or take it, or another price.',
  exists_with_different_memo: 'The same, with another memo.',

  pending_already_posted: 'It was posted.',
  pending_already_voided: 'It was voided.',
  pending_already_expired: 'It has expired.',
  pending_already_taken: 'It was taken.',
  pending_is_an_offer: 'An offer is taken or voided, not posted.',
  pending_is_no_offer: 'A hold is posted or voided, not taken.',
  exceeds_pending_amount: 'More than is reserved.',
  not_entitled: 'This key may not do that with this pending.',
  price_not_met: 'It does not pay the price of the offer, to whom it asks it for.',
  too_early: "The pending's time is not over by this validator's clock.",
  too_late: "The pending's time is over by this validator's clock; it may be voided or ended as expired.",
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  /** Which leg and which of its entries, from 0; the others of a linked list fail with it. */
  readonly leg?: number;
  readonly entry?: number;
  /** What this validator knows, for whoever has to bring what is missing. */
  readonly known?: Json;
}

export function refusal(code: RefusalCode, more: Omit<Refusal, 'code'> = {}): Refusal {
  return { code, ...more };
}
