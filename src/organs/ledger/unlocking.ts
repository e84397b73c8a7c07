import { canonical, utf8 } from '../../contract/encoding.ts';
import type { Verify } from './committee.ts';
import type { Work } from './facts.ts';
import { gatheringOf } from './gathered.ts';
import { type Hash, type HolderId, holderOf, holderOfKey, isPendingId, type LedgerId, type Line } from './names.ts';
import { digestOf, isSameSlot, type Place, type Signed, type Slot } from './order.ts';
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
  const { committee } = work;
  if (claim.ledger !== committee.ledger) return refusal('wrong_ledger');
  if (claim.committee !== committee.number) return refusal('wrong_committee');
  if (!isSameSlot(claim, place)) return refusal('malformed');
  if (claim.previous !== place.previous) return refusal('fork');
  if (!partiesOf(work, place.line).includes(holderOfKey(claim.key) ?? '')) return refusal('not_entitled');
  const idle = idleRefused(work, place);
  if (idle !== undefined) return idle;
  return isUnlockSigned(claim, signature, work.verify) ? undefined : refusal('bad_signature');
}

/**
 * Whether there is nothing to decide. An owner may always have its own slot used up, so that an order of it which nobody
 * votes for is in nobody's way; but only where the ledger knows the shell, or rows could be made of nothing. A slot of a
 * pending is shared: one party could use up slot after slot before another one gets its order through.
 */
function idleRefused({ committee, draft }: Work, place: Place): Refusal | undefined {
  if (!isPendingId(place.line)) return isKnownShell(draft, place.line) ? undefined : refusal('unknown_shell');
  const { vote, certificate } = slotRow(draft, committee.number, place);
  return vote === null && certificate === null ? refusal('nothing_to_unlock') : undefined;
}

export function isUnlockSigned(claim: UnlockClaim, signature: string, verify: Verify): boolean {
  return verify('ledger-unlock', unlockBytes(claim), signature, claim.key);
}

/** Who may unlock a slot of the line by a signature of their own. */
function partiesOf({ draft }: Work, line: Line): readonly HolderId[] {
  if (!isPendingId(line)) return [holderOf(line)];
  const pending = pendingOf(draft, line);
  if (pending === undefined) return [];
  const { shell, entry } = pending;
  const named = entry.kind === 'hold' ? [holderOf(entry.to), ...entry.post] : (entry.takers ?? []);
  return [holderOf(shell), ...entry.void, ...named];
}

/**
 * The trade's owners have signed that another slot's fate is this one's, and that slot is in ballots which can't go on
 * without this one, because somebody shows a vote for the trade.
 */
function judgeTrade(work: Work, trade: Signed, place: Place): Refusal | undefined {
  const { committee } = work;
  const [home, ...others] = trade.body.legs as readonly [Place, ...Place[]];
  if (trade.body.ledger !== committee.ledger) return refusal('wrong_ledger');
  if (trade.body.committee !== committee.number) return refusal('wrong_committee');
  if (!isSameSlot(home, place)) return refusal('malformed');
  const value = digestOf(trade.body);
  const isAwaited = others.some((other) => isBalloted(work, other) && isShownIn(work, other, value));
  return isAwaited ? judgeSignatures(trade, work.verify) : refusal('not_entitled');
}

function isBalloted({ committee, draft }: Work, slot: Slot): boolean {
  return slotRow(draft, committee.number, slot).joined > 0;
}

/** Whether this validator has voted for it in the slot, or was shown the vote of another one. */
function isShownIn({ committee, draft, gathered }: Work, slot: Slot, value: Hash): boolean {
  const reports = Object.values(gatheringOf(gathered, slot).reports);
  const votes = reports.map(({ said: { statement } }) => ('vote' in statement ? statement.vote : null));
  return [slotRow(draft, committee.number, slot).vote, ...votes].includes(value);
}
