import type { Json } from '../../contract/words.ts';
import type { Proposed } from './ballots.ts';
import {
  resumeBallots,
  takeAcknowledgement,
  takeProposal,
  takeReport,
  takeTimeout,
  takeUnlock,
  takeVote,
} from './ballots.ts';
import type { Book, RowWrite } from './book.ts';
import { takeWish } from './changing.ts';
import { firstCommittee, type SignedGenesis } from './committee.ts';
import { takeDecided } from './deciding.ts';
import { type Answer, type Identity, type LedgerFacts, type LedgerStep, Work } from './facts.ts';
import { NOTHING_GATHERED } from './gathered.ts';
import type { ChangeRequest, Handed } from './handover.ts';
import { brokenBy } from './invariants.ts';
import type { Hash, ShellId } from './names.ts';
import { COMMITTEE_LINE } from './names.ts';
import type { Signed, Slot } from './order.ts';
import type { Certificate } from './quorum.ts';
import { takeFetch, takeHistory, takeRead } from './reading.ts';
import { COMMITTEE_KEY, type DecidedRow } from './records.ts';
import type { Reported } from './report.ts';
import { sumOfBook } from './root.ts';
import { committeeKey, takeCertificate } from './settling.ts';
import type { Acknowledgement, Said, Vote } from './statement.ts';
import type { Unlock } from './unlocking.ts';
import { takeOrder } from './voting.ts';

/** What a validator may be told, by whoever it is. What came from outside has been read by `readInput`. */
export type LedgerInput =
  | { readonly kind: 'order'; readonly signed: Signed }
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly signed: Signed }
  | ({ readonly kind: 'decided'; readonly bodies?: readonly Signed[] } & DecidedRow)
  | { readonly kind: 'unlock'; readonly slot: Slot; readonly unlock: Unlock }
  | { readonly kind: 'change'; readonly request: ChangeRequest }
  | ({ readonly kind: 'report' } & Reported)
  | ({ readonly kind: 'handover' } & Handed)
  | ({ readonly kind: 'proposal' } & Proposed)
  | { readonly kind: 'vote'; readonly said: Said<Vote>; readonly signed: Signed }
  | { readonly kind: 'ack'; readonly said: Said<Acknowledgement>; readonly signed: Signed }
  | { readonly kind: 'read'; readonly shell: ShellId }
  | { readonly kind: 'history'; readonly shell: ShellId; readonly sequence: number }
  | { readonly kind: 'fetch'; readonly value: Hash }
  /** From inside the node: a ballot has taken too long, or this node wishes others to be replaced. */
  | { readonly kind: 'timeout'; readonly slot: Slot; readonly ballot: number }
  | { readonly kind: 'wish'; readonly drop: readonly number[] };

/** The first rows of a book: who is in office. */
export function openingRows(genesis: SignedGenesis): RowWrite[] {
  const committee = firstCommittee(genesis.body) as unknown as Json;
  return [
    { key: COMMITTEE_KEY, value: committee },
    { key: committeeKey(1), value: committee },
  ];
}

/** What a validator knows after a start: its book, and nothing that was said. The book has its opening rows. */
export function beginLedger(identity: Identity, book: Book): LedgerFacts {
  return { identity, book, sum: sumOfBook(book), gathered: NOTHING_GATHERED };
}

/**
 * One step of a validator: a pure function of what it knows, what it is told and its clock. The caller commits the writes
 * to the book before the next step, and lets nothing leave before they are flushed.
 *
 * @throws Error where the step would break an invariant of the ledger, which is a defect: nothing of it may be kept.
 *
 * @example
 * const step = stepLedger(facts, { kind: 'order', signed }, clock.now())
 * await commit(step.writes)
 * const stamps = stampAll(step.says.map(({ statement }) => statement), seat, sign)
 */
export function stepLedger(facts: LedgerFacts, input: LedgerInput, now: number): LedgerStep {
  const work = new Work(facts, now);
  const answer = take(work, input);
  if (work.notes.some(({ note }) => note === 'applied' || note === 'committee')) resumeBallots(work);
  const step = work.done(answer);
  const broken = brokenBy(facts.book, step.writes);
  if (broken !== undefined) throw new Error(`the ledger is broken: ${broken}`);
  return step;
}

function take(work: Work, input: LedgerInput): Answer | undefined {
  switch (input.kind) {
    case 'order':
      return takeOrder(work, input.signed);
    case 'certificate':
      return takeCertificate(work, input.certificate, input.signed);
    case 'decided':
      return takeDecided(work, { signed: input.signed, evidence: input.evidence }, input.bodies);
    case 'unlock':
      return takeUnlock(work, input.unlock, input.slot);
    case 'change':
      return takeUnlock(work, input.request, { line: COMMITTEE_LINE, sequence: work.committee.number });
    case 'report':
    case 'handover':
      return takeReport(work, input);
    case 'proposal':
      return takeProposal(work, input);
    case 'vote':
      return takeVote(work, input.said, input.signed);
    case 'ack':
      return takeAcknowledgement(work, input.said, input.signed);
    case 'read':
      return takeRead(work, input.shell);
    case 'history':
      return takeHistory(work, input.shell, input.sequence);
    case 'fetch':
      return takeFetch(work, input.value);
    case 'timeout':
      return takeTimeout(work, input.slot, input.ballot);
    case 'wish':
      return takeWish(work, input.drop);
  }
}
