import type { Json } from '../../contract/words.ts';
import { type Book, Draft, type RowWrite } from './book.ts';
import type { Committee, SignedGenesis, Verify } from './committee.ts';
import type { Gathered } from './gathered.ts';
import type { Hash } from './names.ts';
import type { Signed, Slot } from './order.ts';
import { COMMITTEE_KEY, type DecidedRow, type Evidence, read } from './records.ts';
import type { Refusal } from './refusals.ts';
import { type StateSum, sumAfter } from './root.ts';
import type { Statement } from './statement.ts';

/** What does not change in a life of the process. */
export interface Identity {
  readonly genesis: SignedGenesis;
  /** SPKI of this node's key, base64url. */
  readonly key: string;
  /**
   * True where the disk may have lost what was promised on it: it applies what others settle and never votes again with
   * this key. Its seat goes to a spare.
   */
  readonly learner: boolean;
  readonly verify: Verify;
}

/** What a validator knows. Only the book is on the disk; the rest is rebuilt from it, or heard again. */
export interface LedgerFacts {
  readonly identity: Identity;
  readonly book: Book;
  readonly sum: StateSum;
  readonly gathered: Gathered;
}

/**
 * What a step decided. The caller commits `writes` to the book, and only when they are flushed stamps what is said (all of
 * a flush under one signature), sends it, and answers.
 */
export interface LedgerStep {
  readonly facts: LedgerFacts;
  readonly writes: readonly RowWrite[];
  readonly says: readonly Say[];
  readonly answer: Answer | undefined;
  readonly notes: readonly Note[];
}

/** A statement to be stamped, and what travels with it: `{said: {statement, stamp}, ...parts}`. */
export interface Say {
  /** Whose word it is: what is stamped together must be of one committee. */
  readonly committee: number;
  readonly seat: number;
  /** Whoever asked, or every validator (this one too) and whoever follows the ballots. */
  readonly to: 'asker' | 'all';
  readonly statement: Statement;
  readonly parts: { readonly [name: string]: Json };
}

/** What is answered without a stamp, because it needs none or decides nothing. */
export type Answer =
  | { readonly answer: 'refused'; readonly refusal: Refusal }
  | { readonly answer: 'decided'; readonly signed: Signed; readonly evidence: Evidence }
  /** Taken in, and there is nothing to say to it (yet). */
  | { readonly answer: 'noted' }
  | { readonly answer: 'shown'; readonly body: Json };

/** What happened, for the log, for relays and for whoever watches. */
export type Note =
  | { readonly note: 'applied'; readonly slot: Slot; readonly value: Hash }
  | { readonly note: 'settled'; readonly signed: Signed; readonly evidence: Evidence }
  | { readonly note: 'held'; readonly slot: Slot; readonly value: Hash }
  | { readonly note: 'contradiction'; readonly decided: DecidedRow; readonly and: DecidedRow }
  | { readonly note: 'awaits'; readonly slot: Slot; readonly home: Slot }
  | { readonly note: 'committee'; readonly number: number };

/** One step while it is being decided: it fills up here and leaves as a value. */
export class Work {
  readonly identity: Identity;
  readonly draft: Draft;
  /** Epoch milliseconds by this validator's clock: only expiries ask for it. */
  readonly now: number;
  readonly says: Say[] = [];
  readonly notes: Note[] = [];
  gathered: Gathered;
  readonly #facts: LedgerFacts;

  constructor(facts: LedgerFacts, now: number) {
    this.#facts = facts;
    this.identity = facts.identity;
    this.draft = new Draft(facts.book);
    this.gathered = facts.gathered;
    this.now = now;
  }

  get verify(): Verify {
    return this.identity.verify;
  }

  /** The committee in office as far as this validator knows. */
  get committee(): Committee {
    return read<Committee>(this.draft, COMMITTEE_KEY) as Committee;
  }

  /** Its seat; undefined for a learner. */
  get seat(): number | undefined {
    const seat = this.committee.keys.indexOf(this.identity.key);
    return seat < 0 || this.identity.learner ? undefined : seat;
  }

  /** The sum of the state as the draft has it. */
  get sum(): StateSum {
    return sumAfter(this.#facts.sum, this.#facts.book, this.draft.writes());
  }

  say(to: Say['to'], statement: Statement, parts: Say['parts'] = {}): void {
    const { committee, seat } = this;
    // Nobody decides to speak without a seat; it is checked where the decision is taken.
    if (seat !== undefined) this.says.push({ committee: committee.number, seat, to, statement, parts });
  }

  done(answer: Answer | undefined): LedgerStep {
    const { identity, book } = this.#facts;
    const facts = { identity, book, sum: this.sum, gathered: this.gathered };
    return { facts, writes: this.draft.writes(), says: this.says, answer, notes: this.notes };
  }
}

export const NOTED: Answer = { answer: 'noted' };

export function refused(refusal: Refusal): Answer {
  return { answer: 'refused', refusal };
}
