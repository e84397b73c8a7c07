import { LIMITS } from '../../contract/limits.ts';
import type { Json } from '../../contract/words.ts';
import { apply, changedShells } from './apply.ts';
import type { Committee, Verify } from './committee.ts';
import { type Answer, NOTED, refused, type Work } from './facts.ts';
import { withoutGathering } from './gathered.ts';
import { assetOf, type Hash, type Line, shellIdOf } from './names.ts';
import { digestOf, homeOf, type Outcome, pendingsMadeBy, type Signed, type Slot, shellLegsOf } from './order.ts';
import {
  bodyOf,
  changeSlot,
  count,
  dropBody,
  forgetSlot,
  putBody,
  slotRow,
  tallyOf,
  touch,
  untouch,
} from './promises.ts';
import { type Certificate, choiceOf, isQuorum } from './quorum.ts';
import { type DecidedRow, decidedOf, type Evidence, outcomeOf, read, slotKey, tipOf } from './records.ts';
import { type Refusal, refusal } from './refusals.ts';
import { higher, joinedBy, mayAcknowledge } from './rules.ts';
import { judgeSignatures } from './signatures.ts';
import { acknowledgementOf } from './statement.ts';
import { officeRefused } from './voting.ts';

/**
 * From a certificate to money: a certificate is stored and acknowledged, which locks; 2f + 1 acknowledgements settle, and
 * only a settlement is applied. Any of it may be brought by anybody, in any order, any number of times.
 */

/** A certificate with the body that it names. */
export function takeCertificate(work: Work, certificate: Certificate, signed: Signed): Answer | undefined {
  const { committee, draft } = work;
  const home = homeOf(signed.body);
  if (digestOf(signed.body) !== certificate.value || slotKey(home) !== slotKey(certificate)) {
    return refused(refusal('malformed'));
  }
  const settled = settledAnswer(work, home, certificate.value);
  if (settled !== undefined) return settled;
  if (certificate.committee !== committee.number) {
    return refused(refusal('wrong_committee', { known: { committee: committee.number } }));
  }
  const strange = signed.body.legs.findIndex(({ line }) => tipOf(draft, line) === undefined);
  // Whoever acknowledges must be able to show the certificate to readers of every shell that it changes.
  if (strange >= 0) return refused(refusal('unknown_pending', { leg: strange }));
  const unsigned = unsignedRefused(work, signed);
  if (unsigned !== undefined) return refused(unsigned);
  if (!isQuorum(certificate, committee, work.verify)) return refused(refusal('bad_signature'));
  return acceptCertificate(work, certificate, signed, 'asker');
}

/** Stores what has been checked, and acknowledges it where no higher ballot was joined. */
export function acceptCertificate(
  work: Work,
  certificate: Certificate,
  signed: Signed,
  to: 'asker' | 'all',
): Answer | undefined {
  const { committee, draft } = work;
  const home = homeOf(signed.body);
  const other = officeRefused(work, home.line);
  if (other?.code === 'not_in_office') return refused(other);
  const row = slotRow(draft, committee.number, home);
  const choice = choiceOf(certificate);
  if (higher(row.certificate, choice) !== row.certificate) keep(work, certificate, signed);
  if (other !== undefined) return refused(other);
  if (!mayAcknowledge(row, choice)) return refused(refusal('balloted', { known: { ballot: row.joined } }));
  changeSlot(draft, committee.number, home, { joined: joinedBy(row, choice) });
  work.say(to, acknowledgementOf(home, choice), to === 'all' ? { signed: signed as unknown as Json } : {});
  return undefined;
}

function keep({ committee, draft }: Work, certificate: Certificate, signed: Signed): void {
  const home = homeOf(signed.body);
  const before = slotRow(draft, committee.number, home).certificate;
  changeSlot(draft, committee.number, home, { certificate: choiceOf(certificate), proof: certificate });
  putBody(draft, certificate.value, signed);
  if (before !== null && before.value !== certificate.value) letGo(draft, committee.number, before.value);
  touch(draft, changedShells(draft, signed.body), certificate.value, home);
}

/** A certified value that will not be: its shells show it no more. */
function letGo(draft: Work['draft'], committee: number, value: Hash): void {
  const signed = bodyOf(draft, value);
  if (signed !== undefined) untouch(draft, changedShells(draft, signed.body), value);
  dropBody(draft, committee, value);
}

/** What is known of the slot, where it is decided already. */
export function settledAnswer({ draft }: Work, slot: Slot, value: Hash): Answer | undefined {
  const decided = decidedOf(draft, value);
  if (decided !== undefined) return { answer: 'decided', ...decided };
  const outcome = outcomeOf(draft, slot);
  if (outcome === undefined) return undefined;
  return refused(refusal('spent', { known: { line: slot.line, sequence: slot.sequence, value: outcome.value } }));
}

/** Only what owners signed is ever applied here, whatever a committee says; what was voted for here has been checked. */
export function unsignedRefused({ draft, verify }: Work, signed: Signed): Refusal | undefined {
  if (bodyOf(draft, digestOf(signed.body)) !== undefined) return undefined;
  return judgeSignatures(signed, verify);
}

/** Why this is not to be taken for a decided outcome; undefined where it is one that is new here. */
export function judgeDecided(work: Work, { signed, evidence }: DecidedRow): Answer | undefined {
  const home = homeOf(signed.body);
  const value = digestOf(signed.body);
  if (decidedOf(work.draft, value) !== undefined || heldAt(work, home)?.value === value) return NOTED;
  if (signed.body.ledger !== work.committee.ledger) return refused(refusal('wrong_ledger'));
  const unsigned = unsignedRefused(work, signed);
  if (unsigned !== undefined) return refused(unsigned);
  const doubt = doubtOf(work, signed, evidence) ?? contradictionOf(work, { signed, evidence });
  return doubt === undefined ? undefined : refused(doubt);
}

/** Two outcomes of one slot, each with a quorum: more than f validators lie, and both quorums together name them. */
function contradictionOf(work: Work, { signed, evidence }: DecidedRow): Refusal | undefined {
  for (const [leg, place] of signed.body.legs.entries()) {
    const outcome = outcomeOf(work.draft, place);
    const decided = outcome === undefined ? heldAt(work, place)?.decided : decidedOf(work.draft, outcome.value);
    if (decided === undefined) continue;
    work.notes.push({ note: 'contradiction', decided, and: { signed, evidence } });
    return refusal('spent', { leg, known: { value: digestOf(decided.signed.body) } });
  }
  return undefined;
}

/** True where the evidence shows, as far as this validator knows the committees, that this is an outcome. */
export function isDecided(work: Work, { signed, evidence }: DecidedRow): boolean {
  return decidedOf(work.draft, digestOf(signed.body)) !== undefined || doubtOf(work, signed, evidence) === undefined;
}

/** Why the evidence doesn't show that this was decided. */
function doubtOf(work: Work, { body }: Signed, evidence: Evidence): Refusal | undefined {
  const value = digestOf(body);
  if (evidence.by === 'change') {
    const handed = read<{ value: Hash }>(work.draft, handedKey(homeOf(body)));
    return handed?.value === value ? undefined : refusal('wrong_committee');
  }
  const { settlement } = evidence;
  const committee = committeeOf(work, settlement.committee);
  if (committee === undefined) return refusal('wrong_committee', { known: { committee: work.committee.number } });
  return isSettlementOf(body, evidence, committee, work.verify) ? undefined : refusal('bad_signature');
}

export function isSettlementOf(body: Outcome, evidence: Evidence, committee: Committee, verify: Verify): boolean {
  if (evidence.by !== 'settlement') return false;
  const { settlement } = evidence;
  return (
    settlement.of === 'ack' &&
    settlement.value === digestOf(body) &&
    body.committee === settlement.committee &&
    slotKey(settlement) === slotKey(homeOf(body)) &&
    isQuorum(settlement, committee, verify)
  );
}

/** A committee by its number, as far as this validator has followed the changes. */
export function committeeOf({ draft }: Work, number: number): Committee | undefined {
  return read<Committee>(draft, committeeKey(number));
}

export const committeeKey = (number: number): string => `committee/${String(number).padStart(8, '0')}`;
export const handedKey = (slot: Slot): string => `handed/${slotKey(slot)}`;
const heldKey = (slot: Slot): string => `held/${slotKey(slot)}`;

type HeldRow = { readonly value: Hash; readonly decided: DecidedRow };

export function heldAt({ draft }: Work, slot: Slot): HeldRow | undefined {
  return read(draft, heldKey(slot));
}

/** What has been checked. */
export function settle(work: Work, decided: DecidedRow): Answer {
  if (!applied(work, decided)) return takeHeld(work, decided);
  cascade(work, decided.signed.body);
  return NOTED;
}

/** Keeps a decided outcome until what it waits for has come. */
export function takeHeld(work: Work, decided: DecidedRow): Answer {
  const value = digestOf(decided.signed.body);
  if (heldAt(work, homeOf(decided.signed.body))?.value === value) return NOTED;
  if (tallyOf(work.draft).held >= LIMITS.ledgerHeldMax) return refused(refusal('busy'));
  for (const place of decided.signed.body.legs) {
    work.draft.put(heldKey(place), { value, decided } as unknown as Json);
    work.notes.push({ note: 'held', slot: { line: place.line, sequence: place.sequence }, value });
  }
  count(work.draft, { slots: 0, held: decided.signed.body.legs.length });
  return NOTED;
}

/** Nothing waits in a slot that is decided. */
export function release({ draft }: Work, slot: Slot): void {
  if (draft.get(heldKey(slot)) === undefined) return;
  draft.remove(heldKey(slot));
  count(draft, { slots: 0, held: -1 });
}

/** True once the outcome is part of the state; its slots are closed then. */
function applied(work: Work, { signed, evidence }: DecidedRow): boolean {
  const { body } = signed;
  if (body.kind === 'change' || apply(work.draft, { ...signed, body }, evidence) !== undefined) return false;
  const value = digestOf(body);
  for (const { line, sequence } of body.legs) {
    closeSlot(work, { line, sequence }, value);
    work.notes.push({ note: 'applied', slot: { line, sequence }, value });
  }
  untouch(work.draft, changedShells(work.draft, body), value);
  work.notes.push({ note: 'settled', signed, evidence });
  return true;
}

/** Nothing that was promised in a decided slot matters any more. */
function closeSlot(work: Work, slot: Slot & { readonly line: Line }, value: Hash): void {
  const { committee, draft } = work;
  const { vote, certificate, prepared } = slotRow(draft, committee.number, slot);
  forgetSlot(draft, committee.number, slot);
  release(work, slot);
  work.gathered = withoutGathering(work.gathered, slot);
  for (const other of new Set([vote, prepared?.value, certificate?.value, value])) {
    if (other === certificate?.value && other !== value) letGo(draft, committee.number, other as Hash);
    else if (typeof other === 'string') dropBody(draft, committee.number, other);
  }
}

/** Applies what waited for the outcome, and what waited for that, and so on. */
export function cascade(work: Work, first: Outcome): void {
  const queue: Outcome[] = [first];
  for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
    for (const line of wakes(work, body)) {
      const tip = tipOf(work.draft, line);
      const held = tip && heldAt(work, { line, sequence: tip.sequence + 1 });
      if (held === undefined || !applied(work, held.decided)) continue;
      queue.push(held.decided.signed.body);
    }
  }
}

/** Lines in which something may go on now: the next slot, shells that were paid, issuers of an asset that became known. */
function wakes({ draft }: Work, body: Outcome): Line[] {
  const issuers = shellLegsOf(body).flatMap(({ line, definition }) =>
    (definition?.issuers ?? []).map(({ holder }) => shellIdOf(assetOf(line), holder)),
  );
  const lines = body.legs.map(({ line }) => line);
  return [...new Set([...lines, ...changedShells(draft, body), ...pendingsMadeBy(body), ...issuers])];
}
