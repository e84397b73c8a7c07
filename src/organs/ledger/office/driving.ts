import { canonical } from '../../../contract/encoding.ts';
import type { Moment } from '../../../contract/organ.ts';
import type { Signer } from '../../../contract/ports.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import { stampAll } from '../batch.ts';
import type { RowWrite } from '../book.ts';
import type { Committee } from '../committee.ts';
import { type Answer, NOTED, type Note, type Say } from '../facts.ts';
import { holderOfKey } from '../names.ts';
import { digestOf } from '../order.ts';
import { read } from '../records.ts';
import { committeeKey } from '../settling.ts';
import type { Said } from '../statement.ts';
import { type LedgerInput, stepLedger } from '../validator.ts';
import { FEED_LENGTH_KEY, feedKey, type OpenFacts } from './facts.ts';

/** What is answered to one input. */
export type Reply = Answer | { readonly answer: 'said'; readonly said: Said };

/** What several inputs led to, one after the other. */
export interface Driven {
  readonly facts: OpenFacts;
  readonly rows: readonly RowWrite[];
  /** In the order of the inputs. */
  readonly replies: readonly Reply[];
  /** What other members must hear, by node. */
  readonly outbound: ReadonlyMap<NodeId, readonly LedgerInput[]>;
  readonly notes: readonly Note[];
}

export interface Pen {
  readonly self: NodeId;
  readonly sign: Signer['sign'];
}

/**
 * Steps the validator through inputs. What it says to all it hears itself at once; what it answers is stamped in the end, all
 * under one signature. Nothing of it may leave before the rows are on the disk.
 */
export function drive(facts: OpenFacts, inputs: readonly LedgerInput[], pen: Pen, moment: Moment): Driven {
  const run = new Run(facts, pen, moment.now);
  run.take(inputs);
  return run.done();
}

interface Owed {
  readonly at: number;
  readonly say: Say;
}

class Run {
  readonly #facts: OpenFacts;
  readonly #pen: Pen;
  readonly #now: number;
  readonly #turn: number;
  readonly #rows: RowWrite[] = [];
  readonly #replies: Reply[] = [];
  readonly #owed: Owed[] = [];
  readonly #outbound = new Map<NodeId, LedgerInput[]>();
  readonly #notes: Note[] = [];
  #ledger: OpenFacts['ledger'];
  #feed: number;

  constructor(facts: OpenFacts, pen: Pen, now: number) {
    this.#facts = facts;
    this.#pen = pen;
    this.#now = now;
    this.#turn = facts.turn + 1;
    this.#ledger = facts.ledger;
    this.#feed = facts.feed;
  }

  take(inputs: readonly LedgerInput[]): void {
    for (const [at, input] of inputs.entries()) {
      const own = this.#step(input, at);
      // Finite: each leads to the next kind of statement of the same ballot, and each is said once.
      for (let next = own.shift(); next !== undefined; next = own.shift()) own.push(...this.#step(next, undefined));
    }
  }

  done(): Driven {
    this.#stampOwed();
    const { ledger } = { ledger: this.#ledger };
    const facts = { ...this.#facts, ledger, feed: this.#feed, turn: this.#turn };
    return { facts, rows: this.#rows, replies: this.#replies, outbound: this.#outbound, notes: this.#notes };
  }

  /** Returns what it says to all, as this validator itself hears it. */
  #step(input: LedgerInput, at: number | undefined): LedgerInput[] {
    const step = stepLedger(this.#ledger, input, this.#now);
    this.#ledger = step.facts;
    this.#write([...step.writes, ...this.#fed(step.notes)]);
    this.#notes.push(...step.notes);
    const asked = step.says.find(({ to }) => to === 'asker');
    if (at !== undefined) {
      this.#replies[at] = step.answer ?? NOTED;
      if (asked !== undefined) this.#owed.push({ at, say: asked });
    }
    return step.says.flatMap((say) => (say.to === 'all' ? [this.#announce(say)] : []));
  }

  #write(rows: readonly RowWrite[]): void {
    this.#rows.push(...rows);
    this.#facts.book.take(rows, this.#turn);
  }

  /** Outcomes that were applied, in the order of this cell, for those who lack some. */
  #fed(notes: readonly Note[]): RowWrite[] {
    const rows = notes.flatMap((note): RowWrite[] => {
      if (note.note !== 'settled') return [];
      this.#feed += 1;
      return [{ key: feedKey(this.#feed), value: digestOf(note.signed.body) }];
    });
    return rows.length === 0 ? rows : [...rows, { key: FEED_LENGTH_KEY, value: this.#feed }];
  }

  #announce(say: Say): LedgerInput {
    const [said] = this.#stamp([say]);
    const input = { kind: say.statement.kind, said, ...say.parts } as unknown as LedgerInput;
    for (const node of this.#membersOf(say.committee)) {
      this.#outbound.set(node, [...(this.#outbound.get(node) ?? []), input]);
    }
    return input;
  }

  #membersOf(committee: number): NodeId[] {
    const { keys } = read<Committee>(this.#facts.book, committeeKey(committee)) as Committee;
    return keys.flatMap((key) => holderOfKey(key) ?? []).filter((node) => node !== this.#pen.self);
  }

  #stampOwed(): void {
    // Those of one committee together: a change of committee may lie between two of them.
    for (const committee of new Set(this.#owed.map(({ say }) => say.committee))) {
      const owed = this.#owed.filter(({ say }) => say.committee === committee);
      const said = this.#stamp(owed.map(({ say }) => say));
      for (const [index, { at }] of owed.entries()) this.#replies[at] = { answer: 'said', said: said[index] as Said };
    }
  }

  #stamp(says: readonly Say[]): Said[] {
    const [{ committee, seat }] = says as readonly [Say];
    const { ledger } = read<Committee>(this.#facts.book, committeeKey(committee)) as Committee;
    const statements = says.map(({ statement }) => statement);
    const stamps = stampAll(statements, { ledger, committee, seat }, (bytes) => this.#pen.sign('ledger-batch', bytes));
    return statements.map((statement, index) => ({ statement, stamp: stamps[index] }) as Said);
  }
}

/** Cut so that each part fits into a message. */
export function partsOf<T>(items: readonly T[], max: { readonly items: number; readonly bytes: number }): T[][] {
  const parts: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = canonical(item as Json).length;
    const last = parts.at(-1);
    if (last === undefined || last.length >= max.items || bytes + size > max.bytes) {
      parts.push([item]);
      bytes = size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return parts;
}
