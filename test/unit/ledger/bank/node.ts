import { stampAll } from '../../../../src/organs/ledger/batch.ts';
import { MemoryBook, type RowWrite } from '../../../../src/organs/ledger/book.ts';
import type { Committee, SignedGenesis } from '../../../../src/organs/ledger/committee.ts';
import type { Answer, LedgerFacts, Note, Say } from '../../../../src/organs/ledger/facts.ts';
import { readInput } from '../../../../src/organs/ledger/read-input.ts';
import { COMMITTEE_KEY, read } from '../../../../src/organs/ledger/records.ts';
import type { Said } from '../../../../src/organs/ledger/statement.ts';
import { beginLedger, type LedgerInput, openingRows, stepLedger } from '../../../../src/organs/ledger/validator.ts';
import { genesis as defaultGenesis, signerOf, verify } from './people.ts';

/** What a step lets out once it is on the disk. */
export interface Outgoing {
  readonly answer: Answer | { readonly answer: 'said'; readonly said: Said } | undefined;
  /** To every validator, this one too. */
  readonly all: readonly LedgerInput[];
  readonly said: readonly Said[];
  readonly notes: readonly Note[];
}

/** Where a step is cut short: before its writes are flushed, or after, with nothing of it having left. */
export type Crash = 'before-flush' | 'after-flush';

export interface NodeOptions {
  readonly genesis?: SignedGenesis;
  readonly learner?: boolean;
  /** Everything crosses the wire: as text, and read again by shape. @default false, which is faster */
  readonly wire?: boolean;
  /** What it has applied before it begins. @default nothing */
  readonly rows?: readonly RowWrite[];
}

/** What a receiver reads of it. What comes from inside a node crosses no wire. */
function throughWire(input: LedgerInput): LedgerInput {
  if (input.kind === 'timeout' || input.kind === 'wish') return input;
  const read = readInput(JSON.parse(JSON.stringify(input)));
  if (read === undefined) throw new Error(`nobody can read this ${input.kind}: ${JSON.stringify(input)}`);
  return read;
}

/** A validator with a disk: the pure steps, and what a driver does around them. */
export class TestValidator {
  readonly name: string;
  readonly disk = new MemoryBook();
  facts: LedgerFacts;
  readonly #options: NodeOptions;

  constructor(name: string, options: NodeOptions = {}) {
    this.name = name;
    this.#options = options;
    this.disk.commit([...openingRows(options.genesis ?? defaultGenesis), ...(options.rows ?? [])]);
    this.facts = this.#begin(options.learner ?? false);
  }

  get committee(): Committee {
    return read<Committee>(this.disk, COMMITTEE_KEY) as Committee;
  }

  /** Its seat; -1 where it has none. */
  get seat(): number {
    return this.committee.keys.indexOf(signerOf(this.name).spki);
  }

  /** Takes one input; undefined where it crashed instead, and has started again. */
  tell(input: LedgerInput, now = 0, crash?: Crash): Outgoing | undefined {
    const step = stepLedger(this.facts, this.#options.wire ? throughWire(input) : input, now);
    if (crash === 'before-flush') return this.restart();
    this.disk.commit(step.writes);
    if (crash === 'after-flush') return this.restart();
    this.facts = step.facts;
    const said = this.#stamp(step.says);
    const toAll = step.says.flatMap(({ to, parts, statement }, at) =>
      to === 'all' ? [{ kind: statement.kind, said: said[at], ...parts } as unknown as LedgerInput] : [],
    );
    const answered = step.says.findIndex(({ to }) => to === 'asker');
    const answer = answered < 0 ? step.answer : ({ answer: 'said', said: said[answered] as Said } as const);
    return { answer, all: toAll, said, notes: step.notes };
  }

  /** What one step says is said for one committee: the one that was in office when it began. */
  #stamp(says: readonly Say[]): Said[] {
    const [first] = says;
    if (first === undefined) return [];
    const statements = says.map(({ statement }) => statement);
    const seat = { ledger: this.committee.ledger, committee: first.committee, seat: first.seat };
    const stamps = stampAll(statements, seat, (bytes) => signerOf(this.name).sign('ledger-batch', bytes));
    return statements.map((statement, at) => ({ statement, stamp: stamps[at] }) as Said);
  }

  /** Loses what is only in memory. */
  restart(options: { readonly learner?: boolean } = {}): undefined {
    this.facts = this.#begin(options.learner ?? this.facts.identity.learner);
    return undefined;
  }

  #begin(learner: boolean): LedgerFacts {
    const key = signerOf(this.name).spki;
    const genesis = this.#options.genesis ?? defaultGenesis;
    return beginLedger({ genesis, key, learner, verify }, this.disk);
  }
}
