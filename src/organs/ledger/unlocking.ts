import { canonical, utf8 } from '../../contract/encoding.ts';
import type { Verify } from './committee.ts';
import type { Work } from './facts.ts';
import {
  type HolderId,
  holderOf,
  holderOfKey,
  isPendingId,
  type LedgerId,
  type Line,
  type PendingId,
} from './names.ts';
import { isSameSlot, type Place, type Signed } from './order.ts';
import { slotRow } from './promises.ts';
import { isKnownShell, pendingOf } from './records.ts';
import { type Refusal, refusal } from './refusals.ts';
import { judgeSignatures } from './signatures.ts';

/**
 * Who may have a slot decided by ballots. A slot in which somebody may still get a certificate is never taken from its owner
 * by strangers, or one lying validator could void every order under way.
 */
export type Unlock =
  /** The owner of a shell, or a party of a pending, wants an outcome now. */
  | { readonly by: 'party'; readonly claim: UnlockClaim; readonly signature: string }
  /** Another slot of this trade is in ballots already, and can't go on without the trade's home slot. */
  | { readonly by: 'trade'; readonly trade: Signed };

export type UnlockClaim = Place & {
  readonly v: 1;
  readonly kind: 'unlock';
  readonly ledger: LedgerId;
  readonly committee: number;
  /** SPKI of whoever asks, base64url. */
  readonly key: string;
};

export function unlockClaim(place: Place, ledger: LedgerId, committee: number, key: string): UnlockClaim {
  const { line, sequence, previous } = place;
  return { v: 1, kind: 'unlock', ledger, committee, line, sequence, previous, key };
}

/** What the party signs, domain `ledger-unlock`. */
export function unlockBytes(claim: UnlockClaim): Uint8Array {
  return utf8(canonical(claim));
}

export function judgeUnlock(work: Work, unlock: Unlock, place: Place): Refusal | undefined {
  return unlock.by === 'party' ? judgeParty(work, unlock, place) : judgeTrade(work, unlock.trade, place);
}

function judgeParty(work: Work, { claim, signature }: Unlock & { by: 'party' }, place: Place): Refusal | undefined {
  const { committee, draft } = work;
  if (claim.ledger !== committee.ledger) return refusal('wrong_ledger');
  if (claim.committee !== committee.number) return refusal('wrong_committee');
  if (!isSameSlot(claim, place)) return refusal('malformed');
  if (claim.previous !== place.previous) return refusal('fork');
  const parties = partiesOf(work, place.line);
  if (parties === undefined) return refusal(isPendingId(place.line) ? 'unknown_pending' : 'unknown_shell');
  if (!isPendingId(place.line) && !isKnownShell(draft, place.line)) return refusal('unknown_shell');
  if (!parties.includes(holderOfKey(claim.key) ?? '')) return refusal('not_entitled');
  return isUnlockSigned(claim, signature, work.verify) ? undefined : refusal('bad_signature');
}

export function isUnlockSigned(claim: UnlockClaim, signature: string, verify: Verify): boolean {
  return verify('ledger-unlock', unlockBytes(claim), signature, claim.key);
}

/** Who may unlock a slot of the line by a signature of their own. */
function partiesOf(work: Work, line: Line): readonly HolderId[] | undefined {
  return isPendingId(line) ? partiesOfPending(work, line) : [holderOf(line)];
}

function partiesOfPending({ draft }: Work, line: PendingId): readonly HolderId[] | undefined {
  const pending = pendingOf(draft, line);
  if (pending === undefined) return undefined;
  const { shell, entry } = pending;
  const named = entry.kind === 'hold' ? [holderOf(entry.to), ...entry.post] : (entry.takers ?? []);
  return [holderOf(shell), ...entry.void, ...named];
}

/** The trade's owners have signed that this slot's fate is the other one's, and here the other one is in ballots. */
function judgeTrade(work: Work, trade: Signed, place: Place): Refusal | undefined {
  const { committee, draft } = work;
  const [home, ...others] = trade.body.legs as readonly [Place, ...Place[]];
  if (trade.body.ledger !== committee.ledger) return refusal('wrong_ledger');
  if (trade.body.committee !== committee.number) return refusal('wrong_committee');
  if (!isSameSlot(home, place)) return refusal('malformed');
  const isBalloted = others.some((other) => slotRow(draft, committee.number, other).joined > 0);
  return isBalloted ? judgeSignatures(trade, work.verify) : refusal('not_entitled');
}
