import type { Json } from '../../contract/words.ts';
import type { Work } from './facts.ts';
import {
  type ChangeRequest,
  committeePlace,
  type Handed,
  handoverOf,
  judgeHandover,
  judgeRequest,
} from './handover.ts';
import { judge } from './judge.ts';
import { COMMITTEE_LINE, isPendingId } from './names.ts';
import { digestOf, isOrder, isSameSlot, type Outcome, type Place, type Signed, type Slot, voidOf } from './order.ts';
import { bodyOf, isDecidedElsewhere, type Joining } from './promises.ts';
import { decidedOf, outcomeOf, tipOf } from './records.ts';
import type { Refusal } from './refusals.ts';
import { judgeReport, type Reported, reportOf } from './report.ts';
import { type Verdict, verdictOf } from './rules.ts';
import { heldAt } from './settling.ts';
import { judgeSignatures } from './signatures.ts';
import { changeOf } from './succession.ts';
import { judgeUnlock } from './unlocking.ts';

/**
 * What ballots of a slot are about: an ordinary slot decides an order or nothing, the committee's own slot decides the next
 * committee. How ballots go is the same for both (ballots.ts).
 */
export interface Agenda<R extends Reported | Handed = Reported | Handed> {
  /** Whether whoever asks may have the slot decided by ballots. */
  judgeUnlock(work: Work, unlock: R['unlock'], place: Place): Refusal | undefined;
  /** What a member says when it joins a ballot. */
  report(work: Work, place: Place, ballot: number, unlock: R['unlock']): Joining;
  judgeReport(work: Work, reported: R, place: Place): Refusal | undefined;
  /** What the leader of a ballot proposes, given a quorum of reports; or the slot that must be decided before. */
  choose(work: Work, place: Place, reports: readonly R[]): Signed | { readonly awaits: Slot } | undefined;
  /** Whether a quorum of reports lets a ballot decide this. */
  accepts(work: Work, place: Place, reports: readonly R[], signed: Signed): boolean;
}

/** The place of a slot that is open here; undefined where it is decided or something before it is missing. */
export function openPlace(work: Work, slot: Slot): Place | undefined {
  if (slot.line === COMMITTEE_LINE) {
    const place = committeePlace(work);
    return place.sequence === slot.sequence ? place : undefined;
  }
  const tip = tipOf(work.draft, slot.line);
  if (tip === undefined || tip.sequence + 1 !== slot.sequence) return undefined;
  return { line: slot.line, sequence: slot.sequence, previous: tip.head };
}

export function agendaOf({ line }: Slot): Agenda {
  return (line === COMMITTEE_LINE ? committeeAgenda : lineAgenda) as unknown as Agenda;
}

const lineAgenda: Agenda<Reported> = {
  judgeUnlock,
  report: reportOf,
  judgeReport,
  choose: (work, place, reports) => {
    const verdict = verdictFor(work, place, reports);
    if (verdict.verdict === 'keep') return certifiedIn(reports, verdict.value);
    if (verdict.verdict === 'free') return freeChoice(work, place, reports);
    const trade = signedIn(reports, verdict.trade);
    return verdict.verdict === 'await' && trade !== undefined ? { awaits: trade.body.legs[0] } : undefined;
  },
  accepts: (work, place, reports, signed) => {
    const verdict = verdictFor(work, place, reports);
    if (verdict.verdict === 'keep') return digestOf(signed.body) === verdict.value;
    return verdict.verdict === 'free' && isFreeChoice(work, place, reports, signed);
  },
};

const committeeAgenda: Agenda<Handed> = {
  judgeUnlock: (work, request) => judgeRequest(work, request),
  report: handoverOf,
  judgeReport: judgeHandover,
  choose: (work, place, reports) => {
    const kept = keptIn(reports);
    if (kept !== undefined) return certifiedIn(reports, kept);
    const request = reports[0]?.unlock as ChangeRequest;
    const change = changeOf(work, place, reports, request.drop);
    return change && { body: change, signatures: [] };
  },
  accepts: (work, place, reports, { body }) => {
    const kept = keptIn(reports);
    if (kept !== undefined) return digestOf(body) === kept;
    if (body.kind !== 'change' || !reports.some(({ unlock }) => isSameList(unlock.drop, body.drop))) return false;
    const change = changeOf(work, place, reports, body.drop);
    return change !== undefined && digestOf(change) === digestOf(body);
  },
};

function verdictFor(work: Work, place: Place, reports: readonly Reported[]): Verdict {
  const statements = reports.map(({ said }) => said.statement);
  return verdictOf(statements, {
    isElsewhere: (value) => {
      const body = signedIn(reports, value)?.body;
      return body !== undefined && isDecidedElsewhere(body, place);
    },
    settledAtHome: (trade) => {
      const home = (signedIn(reports, trade) as Signed).body.legs[0];
      return outcomeOf(work.draft, home)?.value ?? heldAt(work, home)?.value;
    },
  });
}

/** The highest certificate of the committee's own slot that is shown. */
function keptIn(reports: readonly Handed[]): string | undefined {
  const shown = reports.map(({ said }) => ({ vote: null, certificate: said.statement.certificate }));
  const verdict = verdictOf(shown, { isElsewhere: () => false, settledAtHome: () => undefined });
  return verdict.verdict === 'keep' ? verdict.value : undefined;
}

function signedIn(reports: readonly Reported[], value: string): Signed | undefined {
  return reports.find(({ said }) => said.statement.vote === value)?.signed ?? undefined;
}

function certifiedIn(reports: readonly (Reported | Handed)[], value: string): Signed | undefined {
  return (
    reports.find(({ certified }) => certified !== null && digestOf(certified.body) === value)?.certified ?? undefined
  );
}

/**
 * Nothing was settled below. In a shell's slot nothing is then decided but that it is used up: its owner may have signed two
 * orders. In a pending's slot a resolution that somebody has voted for is, because it needs no other slot: else whoever may
 * take an offer could keep its maker from ever voiding it.
 */
function freeChoice(work: Work, place: Place, reports: readonly Reported[]): Signed {
  const [first] = resolutionsIn(work, place, reports).sort((a, b) => (digestOf(a.body) < digestOf(b.body) ? -1 : 1));
  return first ?? { body: voidFor(work, place), signatures: [] };
}

function isFreeChoice(work: Work, place: Place, reports: readonly Reported[], signed: Signed): boolean {
  const { body } = signed;
  const isVoid = digestOf(body) === digestOf(voidFor(work, place));
  return isVoid ? resolutionsIn(work, place, reports).length === 0 : isResolution(work, place, signed);
}

function voidFor({ committee }: Work, place: Place): Outcome {
  return voidOf(committee.ledger, committee.number, place);
}

function resolutionsIn(work: Work, place: Place, reports: readonly Reported[]): Signed[] {
  return reports.flatMap(({ signed }) => (signed !== null && isResolution(work, place, signed) ? [signed] : []));
}

/** Valid as far as this validator sees, by its own clock: whoever proposes another gets no vote of it. */
function isResolution(work: Work, place: Place, signed: Signed): boolean {
  const { body } = signed;
  const { committee, draft } = work;
  if (!isPendingId(place.line) || body.kind !== 'resolve' || !isOrder(body)) return false;
  const [own] = body.legs;
  return (
    isSameSlot(own, place) &&
    own.previous === place.previous &&
    body.ledger === committee.ledger &&
    body.committee === committee.number &&
    (bodyOf(draft, digestOf(body)) !== undefined || judgeSignatures(signed, work.verify) === undefined) &&
    judge(draft, body, work.now) === undefined
  );
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

/** What a proposal brings along: the outcomes of home slots that its reports refer to. */
export function homesShown(work: Work, reports: readonly (Reported | Handed)[]): Json[] {
  return reports.flatMap((reported) => {
    const signed = 'signed' in reported ? reported.signed : null;
    const outcome = signed === null ? undefined : outcomeOf(work.draft, signed.body.legs[0]);
    const decided = outcome && decidedOf(work.draft, outcome.value);
    return decided === undefined ? [] : [decided as unknown as Json];
  });
}
