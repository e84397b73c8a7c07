import type { Json } from '../../contract/words.ts';
import { isStamped } from './batch.ts';
import type { Work } from './facts.ts';
import { NO_HEAD } from './names.ts';
import {
  digestOf,
  homeOf,
  isOrder,
  isSameSlot,
  type Outcome,
  type Place,
  pendingsMadeBy,
  placeIn,
  type Signed,
} from './order.ts';
import { bodyOf, isDecidedElsewhere, slotRow } from './promises.ts';
import { type Certificate, isQuorum } from './quorum.ts';
import { type DecidedRow, decidedOf } from './records.ts';
import { type Refusal, refusal } from './refusals.ts';
import { show } from './rules.ts';
import { isDecided, unsignedRefused } from './settling.ts';
import type { Report, Said } from './statement.ts';
import type { Unlock } from './unlocking.ts';

/**
 * What a validator tells a ballot that it joins, with everything that shows it to be so: nobody can invent a certificate, or
 * a vote for what its owners have not signed.
 */
export type Reported = {
  readonly said: Said<Report>;
  /** Why the slot is in ballots at all. */
  readonly unlock: Unlock;
  /** What it has voted for in ballot 0. */
  readonly signed: Signed | null;
  readonly certificate: Certificate | null;
  /** What the certificate names. */
  readonly certified: Signed | null;
  /** For a vote that is decided in another slot: the outcome before that slot, so that everybody can decide it. */
  readonly opening: DecidedRow | null;
};

export function reportOf(
  work: Work,
  place: Place,
  ballot: number,
  unlock: Unlock,
): { readonly statement: Report; readonly parts: { readonly [name: string]: Json } } {
  const { committee, draft } = work;
  const row = slotRow(draft, committee.number, place);
  const { vote, certificate } = show(row);
  const signed = vote === null ? undefined : bodyOf(draft, vote);
  const certified = certificate === null ? undefined : bodyOf(draft, certificate.value);
  const opening = signed !== undefined && isDecidedElsewhere(signed.body, place) ? openingOf(work, signed.body) : null;
  const { line, sequence } = place;
  return {
    statement: { kind: 'report', line, sequence, ballot, vote, certificate },
    parts: {
      unlock,
      signed: signed ?? null,
      certificate: row.proof,
      certified: certified ?? null,
      opening,
    } as unknown as { [name: string]: Json },
  };
}

/** Undefined where everything that the report says is shown to be so. */
export function judgeReport(work: Work, reported: Reported, place: Place): Refusal | undefined {
  const { statement, stamp } = reported.said;
  if (!isSameSlot(statement, place)) return refusal('malformed');
  if (!isStamped(statement, stamp, work.committee, work.verify)) return refusal('bad_signature');
  return judgeVote(work, reported, place) ?? judgeCertificate(work, reported, place);
}

function judgeVote(work: Work, { said, signed, opening }: Reported, place: Place): Refusal | undefined {
  const { vote } = said.statement;
  if (vote === null || signed === null) return vote === null && signed === null ? undefined : refusal('malformed');
  const { body } = signed;
  const own = placeIn(body, place);
  if (!isOrder(body) || digestOf(body) !== vote || own === undefined) return refusal('malformed');
  if (body.ledger !== work.committee.ledger) return refusal('wrong_ledger');
  if (body.committee !== work.committee.number) return refusal('wrong_committee');
  if (own.previous !== place.previous) return refusal('fork');
  const unsigned = unsignedRefused(work, signed);
  if (unsigned !== undefined) return unsigned;
  return !isDecidedElsewhere(body, place) || isOpen(work, body, opening) ? undefined : refusal('gap');
}

function judgeCertificate(work: Work, reported: Reported, place: Place): Refusal | undefined {
  const { said, certificate, certified } = reported;
  const shown = said.statement.certificate;
  if (shown === null && certificate === null && certified === null) return undefined;
  if (shown === null || certificate === null || certified === null) return refusal('malformed');
  const isSame =
    certificate.of === 'vote' &&
    certificate.ballot === shown.ballot &&
    certificate.value === shown.value &&
    shown.ballot < said.statement.ballot &&
    isSameSlot(certificate, place) &&
    isSameSlot(homeOf(certified.body), place) &&
    digestOf(certified.body) === shown.value;
  if (!isSame) return refusal('malformed');
  const unsigned = unsignedRefused(work, certified);
  if (unsigned !== undefined) return unsigned;
  return isQuorum(certificate, work.committee, work.verify) ? undefined : refusal('bad_signature');
}

/** The outcome that the trade's home slot comes after; null where it is the first one of a shell. */
function openingOf({ draft }: Work, body: Outcome): DecidedRow | null {
  return decidedOf(draft, homeOf(body).previous) ?? null;
}

/**
 * Whether the trade's home slot can be decided: the one before it is. Else a lying validator could show a vote for a trade
 * that nobody can ever decide, and the slot at hand would wait for ever.
 */
function isOpen(work: Work, body: Outcome, opening: DecidedRow | null): boolean {
  const home = homeOf(body);
  if (opening === null) return home.previous === NO_HEAD && home.sequence === 1;
  const before = opening.signed.body;
  const isBefore =
    home.sequence === 1
      ? pendingsMadeBy(before).includes(home.line)
      : placeIn(before, { line: home.line, sequence: home.sequence - 1 }) !== undefined;
  return isBefore && digestOf(before) === home.previous && isDecided(work, opening);
}
