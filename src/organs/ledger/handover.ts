import { canonical } from '../../contract/encoding.ts';
import type { Json } from '../../contract/words.ts';
import { isStamped } from './batch.ts';
import type { Book } from './book.ts';
import { nextCommittee } from './committee.ts';
import type { Work } from './facts.ts';
import { COMMITTEE_LINE, type Hash, hashOf, type Line } from './names.ts';
import { digestOf, homeOf, isSameSlot, type Place, type Signed, type Slot } from './order.ts';
import { bodyOf, openSlots, slotRow } from './promises.ts';
import { type Certificate, isQuorum } from './quorum.ts';
import { type Refusal, refusal } from './refusals.ts';
import { type Choice, honestOf, show } from './rules.ts';
import { unsignedRefused } from './settling.ts';
import type { Handover, Said, Wish } from './statement.ts';

/**
 * The committee's own slot. A member that joins a ballot of it promises nothing in any other slot any more, and hands over
 * what it has: how far each line is, and the certificates beyond. Whatever was settled has an honest member among any 2f + 1
 * that either has applied it or shows its certificate; so the next committee begins with all of it.
 */

/** f + 1 members want these seats to go to spares: one of them is honest. */
export type ChangeRequest = { readonly drop: readonly number[]; readonly wishes: readonly Said<Wish>[] };

/** How far each line is and what its last outcome was, ascending by line. It travels with the report that names its hash. */
export type Frontier = readonly (readonly [line: Line, sequence: number, head: Hash])[];

export type Handed = {
  readonly said: Said<Handover>;
  readonly unlock: ChangeRequest;
  readonly frontier: Frontier;
  /** In the order of the statement's `open`. */
  readonly certificates: readonly { readonly certificate: Certificate; readonly signed: Signed }[];
  /** Of the committee's own slot, from a lower ballot. */
  readonly certificate: Certificate | null;
  readonly certified: Signed | null;
};

/** The slot in which the committee in office is followed by the next. */
export function committeePlace({ committee }: Work): Place {
  return { line: COMMITTEE_LINE, sequence: committee.number, previous: committee.head };
}

export function handoverOf(
  work: Work,
  place: Place,
  ballot: number,
  unlock: ChangeRequest,
): { readonly statement: Handover; readonly parts: { readonly [name: string]: Json } } {
  const { committee, draft } = work;
  const row = slotRow(draft, committee.number, place);
  const frontier = frontierOf(draft);
  const handed = [...openSlots(draft, committee.number)].flatMap(([slot, { certificate, proof }]) => {
    const signed = certificate === null ? undefined : bodyOf(draft, certificate.value);
    if (slot.line === COMMITTEE_LINE || certificate === null || proof === null || signed === undefined) return [];
    return [{ open: { ...slot, ...certificate }, certificate: proof, signed }];
  });
  const { certificate } = show(row);
  const { line, sequence } = place;
  const open = handed.map((one) => one.open);
  const statement: Handover = {
    kind: 'handover',
    line,
    sequence,
    ballot,
    certificate,
    frontier: frontierHash(frontier),
    open,
  };
  const certified = certificate === null ? null : (bodyOf(draft, certificate.value) ?? null);
  const certificates = handed.map(({ certificate: proof, signed }) => ({ certificate: proof, signed }));
  return {
    statement,
    parts: { unlock, frontier, certificates, certificate: row.proof, certified } as unknown as { [name: string]: Json },
  };
}

export function frontierOf(book: Book): Frontier {
  return ['pending/', 'shell/'].flatMap((prefix) =>
    [...book.range(prefix)].flatMap(([key, row]) => {
      const { sequence, head } = row as { sequence: number; head: Hash };
      return sequence === 0 ? [] : [[key.slice(prefix.length), sequence, head] as const];
    }),
  );
}

export function frontierHash(frontier: Frontier): Hash {
  return hashOf('ledger-frontier', canonical(frontier as unknown as Json));
}

/** True where f + 1 distinct members have wished exactly this, and there are spares for it. */
export function judgeRequest(work: Work, { drop, wishes }: ChangeRequest): Refusal | undefined {
  const { committee } = work;
  if (nextCommittee(committee, work.identity.genesis.body, drop, committee.head) === undefined) {
    return refusal('not_entitled');
  }
  const statement: Wish = { kind: 'wish', drop };
  const seats = new Set(
    wishes.flatMap(({ stamp }) => (isStamped(statement, stamp, committee, work.verify) ? [stamp.seat] : [])),
  );
  return seats.size >= honestOf(committee.f) ? undefined : refusal('bad_signature');
}

/** Undefined where everything that the report says is shown to be so; whether its frontier is true is asked later. */
export function judgeHandover(work: Work, handed: Handed, place: Place): Refusal | undefined {
  const { statement, stamp } = handed.said;
  if (!isSameSlot(statement, place) || frontierHash(handed.frontier) !== statement.frontier) {
    return refusal('malformed');
  }
  if (!isStamped(statement, stamp, work.committee, work.verify)) return refusal('bad_signature');
  return judgeRequest(work, handed.unlock) ?? judgeOpen(work, handed) ?? judgeOwn(work, handed, place);
}

function judgeOpen(work: Work, { said, certificates }: Handed): Refusal | undefined {
  const { open } = said.statement;
  if (open.length !== certificates.length) return refusal('malformed');
  for (const [at, shown] of open.entries()) {
    const { certificate, signed } = certificates[at] as Handed['certificates'][number];
    const found = judgeShown(work, certificate, signed, shown, shown);
    if (found !== undefined) return found;
  }
  return undefined;
}

function judgeOwn(work: Work, { said, certificate, certified }: Handed, place: Place): Refusal | undefined {
  const shown = said.statement.certificate;
  if (shown === null || certificate === null || certified === null) {
    return shown === null && certificate === null && certified === null ? undefined : refusal('malformed');
  }
  return shown.ballot < said.statement.ballot
    ? judgeShown(work, certificate, certified, place, shown)
    : refusal('malformed');
}

function judgeShown(
  work: Work,
  certificate: Certificate,
  signed: Signed,
  slot: Slot,
  shown: Choice,
): Refusal | undefined {
  const isSame =
    certificate.of === 'vote' &&
    certificate.ballot === shown.ballot &&
    certificate.value === shown.value &&
    isSameSlot(certificate, slot) &&
    isSameSlot(homeOf(signed.body), slot) &&
    digestOf(signed.body) === shown.value;
  if (!isSame) return refusal('malformed');
  const unsigned = unsignedRefused(work, signed);
  if (unsigned !== undefined) return unsigned;
  return isQuorum(certificate, work.committee, work.verify) ? undefined : refusal('bad_signature');
}
