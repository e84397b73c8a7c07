import { type AssetDefinition, supplyCapOf } from './asset.ts';
import { MemoryBook } from './book.ts';
import { isGenesis, type SignedGenesis, type Verify } from './committee.ts';
import type { LedgerFacts, Note } from './facts.ts';
import { brokenOf, supplyOf } from './invariants.ts';
import type { AssetId, Hash } from './names.ts';
import { digestOf, type Signed } from './order.ts';
import { COMMITTEE_KEY, type DecidedRow, read } from './records.ts';
import { rootOf } from './root.ts';
import { beginLedger, openingRows, stepLedger } from './validator.ts';

/** What comes of replaying everything that was ever decided, from nothing and trusting nobody. */
export interface Audit {
  /** One sentence each; none where all is well. */
  readonly problems: readonly string[];
  readonly outcomes: number;
  /** Decided, and something before it is missing. */
  readonly waiting: number;
  /** The committee in office at the end. */
  readonly committee: number;
  readonly root: Hash;
  readonly assets: readonly AuditedAsset[];
}

export interface AuditedAsset {
  readonly asset: AssetId;
  readonly name: string;
  readonly supply: bigint;
  readonly cap: bigint;
}

/**
 * Replays decided outcomes, in whatever order they come, and checks every signature, quorum and invariant on the way.
 *
 * @example audit(genesis, rows, verify).problems // []
 */
export function audit(genesis: SignedGenesis, decided: Iterable<DecidedRow>, verify: Verify): Audit {
  const problems: string[] = isGenesis(genesis, verify) ? [] : ["the genesis is not signed by the organism's key"];
  const rows = [...decided];
  const book = new MemoryBook(openingRows(genesis).map(({ key, value = null }) => [key, value] as const));
  let facts = beginLedger({ genesis, key: '', learner: true, verify }, book);
  // Rows of a committee can only be judged once the change before it was applied: until nothing moves any more.
  for (let left = rows, before = -1; left.length > 0 && left.length !== before; ) {
    before = left.length;
    const refused: DecidedRow[] = [];
    for (const row of left) {
      const step = replay(
        facts,
        book,
        row,
        rows.map(({ signed }) => signed),
      );
      facts = step.facts;
      problems.push(...step.problems);
      if (step.isLater) refused.push(row);
    }
    left = refused;
    if (left.length === before)
      problems.push(...left.map(({ signed }) => `nobody has decided ${digestOf(signed.body)}`));
  }
  const broken = brokenOf(book);
  return {
    problems: broken === undefined ? problems : [...problems, broken],
    outcomes: [...book.range('decided/')].length,
    waiting: read<{ held: number }>(book, 'tally')?.held ?? 0,
    committee: read<{ number: number }>(book, COMMITTEE_KEY)?.number ?? 0,
    root: rootOf(facts.sum),
    assets: [...book.range('asset/')].map(([key, value]) => {
      const asset = key.slice('asset/'.length);
      const definition = value as unknown as AssetDefinition;
      return { asset, name: definition.name, supply: supplyOf(book, asset), cap: supplyCapOf(definition) };
    }),
  };
}

interface Replayed {
  readonly facts: LedgerFacts;
  readonly problems: readonly string[];
  readonly isLater: boolean;
}

function replay(facts: LedgerFacts, book: MemoryBook, row: DecidedRow, all: readonly Signed[]): Replayed {
  const bodies = row.signed.body.kind === 'change' ? all : [];
  const step = stepLedger(facts, { kind: 'decided', signed: row.signed, evidence: row.evidence, bodies }, 0);
  book.commit(step.writes);
  const isLater = step.answer?.answer === 'refused' && step.answer.refusal.code !== 'spent';
  return { facts: step.facts, problems: step.notes.flatMap(problemsOf), isLater };
}

function problemsOf(note: Note): string[] {
  if (note.note !== 'contradiction') return [];
  const { line, sequence } = note.decided.signed.body.legs[0];
  return [`two outcomes of one slot are settled: ${line} ${sequence}`];
}
