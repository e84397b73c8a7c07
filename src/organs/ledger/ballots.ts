import type { Json } from '../../contract/words.ts';
import { type Agenda, agendaOf, homesShown, openPlace } from './agenda.ts';
import { isStamped } from './batch.ts';
import { leaderOf, quorum } from './committee.ts';
import { takeDecided } from './deciding.ts';
import { type Answer, NOTED, refused, type Work } from './facts.ts';
import { gatheringOf, heard, stampsFor, withGathering } from './gathered.ts';
import { type ChangeRequest, committeePlace, type Handed } from './handover.ts';
import { digestOf, homeOf, isSameSlot, type Place, type Signed, type Slot } from './order.ts';
import { bodyOf, changeSlot, putBody, slotRow } from './promises.ts';
import { type Certificate, choiceOf, gather, type Settlement } from './quorum.ts';
import { type DecidedRow, decidedOf, outcomeOf } from './records.ts';
import { refusal } from './refusals.ts';
import type { Reported } from './report.ts';
import { type Choice, honestOf, mayJoin, mayPrepare } from './rules.ts';
import { acceptCertificate, unsignedRefused } from './settling.ts';
import {
  type Acknowledgement,
  acknowledgementOf,
  type Proposal,
  proposalOf,
  type Said,
  type Vote,
  voteOf,
} from './statement.ts';
import type { Unlock } from './unlocking.ts';
import { isHandingOver, officeRefused } from './voting.ts';

/**
 * The slow path: ballots from 1 on, each led by another seat. Whoever joins one says what it knows of the slot; from 2f + 1
 * such reports the leader proposes what they let it propose; votes, certificate, acknowledgements and settlement follow as
 * on the fast path. Everything is sent to everybody, so any validator can finish what another one has begun.
 */

export function takeUnlock(work: Work, unlock: Unlock | ChangeRequest, slot: Slot): Answer {
  const place = openPlace(work, slot);
  if (place === undefined) return notOpen(work, slot);
  const idle = idleRefused(work, slot);
  if (idle !== undefined) return idle;
  const unfit = agendaOf(slot).judgeUnlock(work, unlock as never, place);
  if (unfit !== undefined) return refused(unfit);
  const row = slotRow(work.draft, work.committee.number, place);
  if (row.joined === 0) join(work, place, 1, unlock);
  else sayAgain(work, place);
  return NOTED;
}

/**
 * The ballot has taken too long: says again what it has said in it, for those who have missed it; and goes on to the next
 * ballot, with another leader, once a quorum has come as far as this one. Nobody runs ahead, so that all meet in a ballot.
 */
export function takeTimeout(work: Work, slot: Slot, ballot: number): Answer {
  const place = openPlace(work, slot);
  if (place === undefined) return notOpen(work, slot);
  const { joined, unlock } = slotRow(work.draft, work.committee.number, place);
  if (joined !== ballot || ballot === 0 || idleRefused(work, slot) !== undefined) return NOTED;
  sayAgain(work, place);
  if (unlock !== null && presentIn(work, place, ballot) >= quorum(work.committee))
    join(work, place, ballot + 1, unlock);
  return NOTED;
}

/** How many members are known to have come to the ballot or further, this one included. */
function presentIn(work: Work, place: Place, ballot: number): number {
  const { reports, votes, acks } = gatheringOf(work.gathered, place);
  const ballots = [
    ...Object.entries(reports).map(([seat, { said }]) => [seat, said.statement.ballot] as const),
    ...[...Object.entries(votes), ...Object.entries(acks)].map(([seat, heard]) => [seat, heard.ballot] as const),
  ];
  const present = ballots.flatMap(([seat, reached]) => (reached >= ballot ? [Number(seat)] : []));
  return new Set([...present, work.seat]).size;
}

/** What it has said in the ballot that it joined last. */
function sayAgain(work: Work, place: Place): void {
  const { committee, draft } = work;
  const { joined, reported, prepared, certificate } = slotRow(draft, committee.number, place);
  if (reported?.statement.ballot === joined) work.say('all', reported.statement, reported.parts);
  for (const [choice, statementOf] of [
    [prepared, voteOf],
    [certificate, acknowledgementOf],
  ] as const) {
    const signed = choice?.ballot === joined ? bodyOf(draft, choice.value) : undefined;
    if (choice !== null && signed !== undefined) {
      work.say('all', statementOf(place, choice), { signed: signed as unknown as Json });
    }
  }
}

export function takeReport(work: Work, reported: Reported | Handed): Answer {
  const { statement, stamp } = reported.said;
  const place = openPlace(work, statement);
  if (place === undefined) return notOpen(work, statement);
  const idle = idleRefused(work, statement);
  if (idle !== undefined) return idle;
  const agenda = agendaOf(statement);
  const unfit = agenda.judgeReport(work, reported, place);
  if (unfit !== undefined) return refused(unfit);
  const { reports } = gatheringOf(work.gathered, place);
  const known = reports[stamp.seat];
  if (known === undefined || known.said.statement.ballot < statement.ballot) {
    work.gathered = withGathering(work.gathered, place, { reports: { ...reports, [stamp.seat]: reported } });
  }
  follow(work, agenda, place, reported);
  propose(work, agenda, place);
  return NOTED;
}

/** Joins a ballot that somebody may begin, or that f + 1 have come to: one of them is honest. */
function follow(work: Work, agenda: Agenda, place: Place, { said, unlock }: Reported | Handed): void {
  const { joined } = slotRow(work.draft, work.committee.number, place);
  const isFirst = joined === 0 && said.statement.ballot === 1;
  if (isFirst && agenda.judgeUnlock(work, unlock, place) === undefined) {
    join(work, place, 1, unlock);
    return;
  }
  const ballots = Object.values(gatheringOf(work.gathered, place).reports).map((one) => one.said.statement.ballot);
  const reached = ballots.sort((a, b) => b - a)[honestOf(work.committee.f) - 1];
  if (reached !== undefined && reached > joined) join(work, place, reached, unlock);
}

function join(work: Work, place: Place, ballot: number, unlock: Unlock | ChangeRequest): void {
  const { committee, draft } = work;
  if (!mayJoin(slotRow(draft, committee.number, place), ballot)) return;
  // Joined first: what it hands over must not hold what it could still promise.
  changeSlot(draft, committee.number, place, { joined: ballot, unlock });
  const reported = agendaOf(place).report(work, place, ballot, unlock as never);
  changeSlot(draft, committee.number, place, { reported });
  work.say('all', reported.statement, reported.parts);
}

/** Proposes once a quorum of reports is there, if this validator leads the ballot that it has joined. */
function propose(work: Work, agenda: Agenda, place: Place): void {
  const { committee, draft } = work;
  const { joined, proposed } = slotRow(draft, committee.number, place);
  if (joined === 0 || proposed?.ballot === joined || work.seat !== leaderOf(committee, place.previous, joined)) return;
  const reports = Object.values(gatheringOf(work.gathered, place).reports)
    .filter(({ said }) => said.statement.ballot === joined)
    .sort((a, b) => Number(isDependent(a, place)) - Number(isDependent(b, place)))
    .slice(0, quorum(committee));
  if (reports.length < quorum(committee)) return;
  const chosen = agenda.choose(work, place, reports);
  const awaits = chosen !== undefined && 'awaits' in chosen ? chosen.awaits : null;
  work.gathered = withGathering(work.gathered, place, { awaits });
  if (awaits !== null) work.notes.push({ note: 'awaits', slot: { ...place }, home: { ...awaits } });
  if (chosen === undefined || 'awaits' in chosen) return;
  const choice = { ballot: joined, value: digestOf(chosen.body) };
  changeSlot(draft, committee.number, place, { proposed: choice });
  const homes = homesShown(work, reports);
  work.say('all', proposalOf(place, choice), { reports, signed: chosen, homes } as unknown as { [name: string]: Json });
}

/** A report that shows a vote for a trade of another slot may make a ballot wait: three others may do without it. */
function isDependent(reported: Reported | Handed, place: Place): boolean {
  const signed = 'signed' in reported ? reported.signed : null;
  return signed !== null && !isSameSlot(homeOf(signed.body), place);
}

export interface Proposed {
  readonly said: Said<Proposal>;
  readonly reports: readonly (Reported | Handed)[];
  readonly signed: Signed;
  readonly homes: readonly DecidedRow[];
}

export function takeProposal(work: Work, { said, reports, signed, homes }: Proposed): Answer {
  const { statement, stamp } = said;
  for (const home of homes) takeDecided(work, home);
  const place = openPlace(work, statement);
  if (place === undefined) return notOpen(work, statement);
  const idle = idleRefused(work, statement);
  if (idle !== undefined) return idle;
  const { committee, draft } = work;
  const isLed = stamp.seat === leaderOf(committee, place.previous, statement.ballot);
  if (!isLed || digestOf(signed.body) !== statement.value) return refused(refusal('malformed'));
  if (!isStamped(statement, stamp, committee, work.verify)) return refused(refusal('bad_signature'));
  const agenda = agendaOf(place);
  if (!isJustified(work, agenda, place, statement.ballot, reports)) return refused(refusal('malformed'));
  if (!agenda.accepts(work, place, reports, signed)) return refused(refusal('malformed'));
  const unlock = reports[0]?.unlock;
  if (unlock !== undefined) join(work, place, statement.ballot, unlock);
  const row = slotRow(draft, committee.number, place);
  if (!mayPrepare(row, statement)) return refused(refusal('balloted', { known: { ballot: row.joined } }));
  changeSlot(draft, committee.number, place, { prepared: choiceOf(statement) });
  putBody(draft, statement.value, signed);
  for (const handed of reports.flatMap((one) => ('certificates' in one ? one.certificates : []))) {
    putBody(draft, digestOf(handed.signed.body), handed.signed);
  }
  work.say('all', voteOf(place, statement), { signed: signed as unknown as Json });
  return NOTED;
}

/** A quorum of distinct members reported to this very ballot, and all of it is shown to be so. */
function isJustified(
  work: Work,
  agenda: Agenda,
  place: Place,
  ballot: number,
  reports: readonly (Reported | Handed)[],
): boolean {
  const seats = new Set(reports.map(({ said }) => said.stamp.seat));
  return (
    seats.size === reports.length &&
    reports.length >= quorum(work.committee) &&
    reports.every(({ said }) => said.statement.ballot === ballot) &&
    reports.every((reported) => agenda.judgeReport(work, reported, place) === undefined)
  );
}

/** A vote in a ballot: 2f + 1 make the certificate, which is acknowledged at once. */
export function takeVote(work: Work, { statement, stamp }: Said<Vote>, signed: Signed): Answer | undefined {
  const unfit = unfitOf(work, { statement, stamp }, signed);
  if (unfit !== undefined) return unfit;
  const votes = heard(gatheringOf(work.gathered, statement).votes, stamp.seat, { ...choiceOf(statement), stamp });
  work.gathered = withGathering(work.gathered, statement, { votes });
  const row = slotRow(work.draft, work.committee.number, statement);
  if (row.certificate !== null && row.certificate.ballot >= statement.ballot) return NOTED;
  const certificate = quorumFrom<Certificate>(work, 'vote', statement, stampsFor(votes, statement));
  return certificate === undefined ? NOTED : acceptCertificate(work, certificate, signed, 'all');
}

/** An acknowledgement of a ballot's certificate: 2f + 1 settle. */
export function takeAcknowledgement(work: Work, { statement, stamp }: Said<Acknowledgement>, signed: Signed): Answer {
  const unfit = unfitOf(work, { statement, stamp }, signed);
  if (unfit !== undefined) return unfit;
  const acks = heard(gatheringOf(work.gathered, statement).acks, stamp.seat, { ...choiceOf(statement), stamp });
  work.gathered = withGathering(work.gathered, statement, { acks });
  const settlement = quorumFrom<Settlement>(work, 'ack', statement, stampsFor(acks, statement));
  return settlement === undefined ? NOTED : takeDecided(work, { signed, evidence: { by: 'settlement', settlement } });
}

function unfitOf(work: Work, said: Said<Vote | Acknowledgement>, signed: Signed): Answer | undefined {
  const { statement, stamp } = said;
  if (openPlace(work, statement) === undefined) return notOpen(work, statement);
  const isAbout = digestOf(signed.body) === statement.value && isSameSlot(homeOf(signed.body), statement);
  if (statement.ballot < 1 || !isAbout) return refused(refusal('malformed'));
  const unsigned = unsignedRefused(work, signed);
  if (unsigned !== undefined) return refused(unsigned);
  return isStamped(statement, stamp, work.committee, work.verify) ? undefined : refused(refusal('bad_signature'));
}

function quorumFrom<Q extends Certificate | Settlement>(
  work: Work,
  of: Q['of'],
  statement: Slot & Choice,
  stamps: Parameters<typeof gather>[3],
): Q | undefined {
  if (stamps.length < quorum(work.committee)) return undefined;
  const { line, sequence } = statement;
  return gather<Q>(of, { line, sequence }, choiceOf(statement), stamps, work.committee, work.verify);
}

/** Goes on in slots that have waited for a home slot which is decided by now. */
export function resumeBallots(work: Work): void {
  for (const { slot, awaits } of [...work.gathered.slots.values()]) {
    const place = awaits === null || outcomeOf(work.draft, awaits) === undefined ? undefined : openPlace(work, slot);
    if (place !== undefined) propose(work, agendaOf(place), place);
  }
  // The leader of a hand-over may lack what a report has; now it has more.
  if (isHandingOver(work)) propose(work, agendaOf(committeePlace(work)), committeePlace(work));
}

function idleRefused(work: Work, { line }: Slot): Answer | undefined {
  const idle = officeRefused(work, line);
  return idle === undefined ? undefined : refused(idle);
}

function notOpen({ draft }: Work, slot: Slot): Answer {
  const outcome = outcomeOf(draft, slot);
  const decided = outcome && decidedOf(draft, outcome.value);
  return decided === undefined ? refused(refusal('gap')) : { answer: 'decided', ...decided };
}
