import type { LogRecord, Promotion } from '../../contract/entries.ts';
import type { Write } from '../../contract/ports.ts';
import type { Descent, Json, NodeId, Proof, View } from '../../contract/words.ts';
import { applyRecord, registerKey } from './apply.ts';
import { type ConsensusFacts, logKey, type ReadableStore } from './facts.ts';
import { withoutLinksAfter } from './links.ts';
import { isChain, isProven, isWarranted, operatorOf, type Verify } from './records.ts';
import { recordsFrom } from './roles.ts';
import { isEntry } from './soundness.ts';

/**
 * A later generation takes the place of everything that was decided in an earlier one after the version that it goes on
 * from. A node of another side goes back to there: its log, its registers and its view are as they were, and what it had
 * beyond is void. What the two sides made differently of a register is kept as a conflict version (`conflicts.ts`).
 */
export interface Ancestor {
  readonly view: View;
  /** Whom the operator has promoted: it votes alone at first. */
  readonly voters: readonly NodeId[];
  /** All that follows it in the new generation's log. */
  readonly records: readonly LogRecord[];
  /** This node's own records after it, oldest first. */
  readonly voided: readonly LogRecord[];
  /** The registers that those have changed, as they were before: by their keys in the store; undefined for none. */
  readonly registers: ReadonlyMap<string, Json | undefined>;
}

export interface SuccessionOptions {
  readonly store: ReadableStore;
  readonly verify: Verify;
}

/** The first of `records` that begins a later generation than this node's; undefined where none does. */
export function promotionIn(facts: ConsensusFacts, records: readonly LogRecord[]): number | undefined {
  const generation = facts.view?.generation ?? 0;
  const at = records.findIndex((record) => record.entry.type === 'PROMOTE' && record.generation > generation);
  return at < 0 ? undefined : at;
}

/**
 * Where the logs of both generations part, once the organism's key and the promoted node have signed for the new one. The
 * records begin where the logs may part, and where both sides were promoted there are some of before the promotion.
 * `gap`: the promotion is not among them, or they begin beyond this node's log.
 */
export function ancestorOf(
  facts: ConsensusFacts,
  records: readonly LogRecord[],
  proof: Proof,
  options: SuccessionOptions,
): Ancestor | 'gap' | 'unproven' {
  const at = promotionIn(facts, records);
  const promotion = at === undefined ? undefined : records[at];
  const first = records[0];
  if (at === undefined || promotion === undefined || first === undefined || facts.view === null) return 'gap';
  if (first.index > facts.view.version + 1) return 'gap';
  const past = rewound(facts, first.index - 1, options.store);
  if (past === undefined) return 'gap';
  const base = forward(past.view, records.slice(0, at));
  const { entry } = promotion;
  if (base === undefined || entry.type !== 'PROMOTE' || !isPromoted(base, promotion, proof, options)) return 'unproven';
  return { ...past, voters: [entry.by], records };
}

/** The view that records lead to; undefined where they don't follow it, or are none. */
function forward(view: View, records: readonly LogRecord[]): View | undefined {
  if (!isChain(view, records) || !records.every(({ entry }) => isEntry(entry))) return undefined;
  return records.reduce((now, record) => applyRecord(now, record).view, view);
}

/** Whether the operator has made this the next generation, and whom it promoted vouches for the proof. */
function isPromoted(base: View, record: LogRecord, proof: Proof, { store, verify }: SuccessionOptions): boolean {
  const { entry, generation } = record;
  const operator = operatorOf(store);
  if (entry.type !== 'PROMOTE' || !isEntry(entry) || operator === undefined) return false;
  if (proof.organism !== base.organism || proof.generation !== generation) return false;
  return (
    follows(base, record, entry) &&
    isWarranted(base.organism, entry, operator, verify) &&
    isProven(proof, [[entry.by]], (node) => base.members[node]?.spki, verify)
  );
}

function follows(base: View, { generation }: LogRecord, entry: Promotion): boolean {
  return (
    entry.generation === generation &&
    generation > base.generation &&
    entry.after === base.version &&
    entry.hash === base.hash
  );
}

/** This node's view as it was at `version`, from its log: all of it is on the disk. */
function rewound(
  facts: ConsensusFacts,
  version: number,
  store: ReadableStore,
): Omit<Ancestor, 'records' | 'voters'> | undefined {
  const { view: now } = facts;
  if (now === null) return undefined;
  if (version === now.version) return { view: now, voided: [], registers: new Map() };
  const voided = recordsFrom(facts, version, store).filter(({ index }) => index <= now.version);
  const registers = new Map<string, Json | undefined>(writesIn(voided).map(({ key }) => [key, undefined]));
  let view: View | null = null;
  for (const [, value] of store.range('log')) {
    const record = value as unknown as LogRecord;
    if (record.index > version) break;
    const applied = applyRecord(view, record);
    view = applied.view;
    for (const write of applied.writes) if (registers.has(write.key)) registers.set(write.key, registerIn(write));
  }
  return view?.version === version ? { view, voided, registers } : undefined;
}

const registerIn = (write: Write): Json | undefined => ('value' in write ? (write.value as Json) : undefined);

/** The writes of registers that records make, in their order. */
export function writesIn(
  records: readonly LogRecord[],
): readonly { readonly key: string; readonly value: Json; readonly record: LogRecord }[] {
  return records.flatMap((record) => {
    const { entry } = record;
    if (entry.type !== 'SET') return [];
    return entry.writes.map(({ key, value }) => ({ key: registerKey(entry.tree, key), value, record }));
  });
}

/** What goes back on the disk before the new records are written, which end at `last`; the old ones ended at `end`. */
export function undone(
  { view, voided, registers }: Ancestor,
  store: ReadableStore,
  last: number,
  end: number,
): Write[] {
  const log: Write[] = [];
  for (let index = last + 1; index <= end; index++) log.push({ table: 'log', key: logKey(index), remove: true });
  if (voided.length === 0) return log;
  const before = [...registers].map(
    ([key, value]): Write =>
      value === undefined ? { table: 'registers', key, remove: true } : { table: 'registers', key, value },
  );
  return [...log, ...withoutLinksAfter(store, view.version), ...before];
}

/** The last version that two logs have in common, as far as their generations tell. */
export function sharedUpTo(mine: readonly Descent[], theirs: readonly Descent[]): number {
  const parts = mine.findIndex(({ generation }, at) => theirs[at]?.generation !== generation);
  const at = parts < 0 ? mine.length : parts;
  const firsts = [mine[at], theirs[at]].map((descent) => descent?.version ?? Number.POSITIVE_INFINITY);
  return Math.min(...firsts) - 1;
}
