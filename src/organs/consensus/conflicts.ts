import { canonical, sha256Hex } from '../../contract/encoding.ts';
import type { Command } from '../../contract/entries.ts';
import { ordinalOf } from '../../contract/generation.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Moment } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { chain } from '../../contract/step.ts';
import type { Json, TreeId, View } from '../../contract/words.ts';
import { registerKey } from './apply.ts';
import { type ConsensusFacts, type ConsensusStep, isLeading, leaderOf, only, type ReadableStore } from './facts.ts';
import { append, canAppend, judgeOf, type LeadingOptions } from './leading.ts';
import { planCommand } from './plan.ts';
import { isRegisterKey } from './soundness.ts';
import { type Ancestor, writesIn } from './succession.ts';

/**
 * What a node had decided with others before it came to a later generation that decided otherwise. Such a value first
 * waits on this node's disk, and is then set as a register of its own, `conflict:GENERATION-VERSION:KEY`, by whichever node of
 * that side gets there first: so the whole organism keeps it, and people can choose.
 */
export const CONFLICT = 'conflict:';

/** In the table `meta`, by the register's key in the store. */
const ROWS = 'conflict/';

interface Row {
  readonly tree: TreeId;
  readonly key: string;
  readonly value: Json;
}

/** The values that are void now and that the new generation does not have, each by its own key. */
export function conflictsOf({ view, records, voided, registers }: Ancestor, generation: number): Write[] {
  const last = new Map(writesIn(voided).map((write) => [write.key, write]));
  const now = new Map(writesIn(records).map(({ key, value }) => [key, value]));
  const rows: Write[] = [];
  for (const [key, { value, record }] of last) {
    const before = (registers.get(key) as { readonly value: Json } | undefined)?.value ?? null;
    const current = now.has(key) ? (now.get(key) ?? null) : before;
    if (value === null || canonical(value) === canonical(current)) continue;
    const tree = key.slice(0, key.indexOf('/'));
    if (view.trees[tree] === undefined) continue;
    const name = nameOf(key.slice(tree.length + 1), ordinalOf(generation), record.index);
    const row: Row = { tree, key: name, value };
    rows.push({ table: 'meta', key: ROWS + registerKey(tree, name), value: row as unknown as Json });
  }
  return rows;
}

function nameOf(key: string, generation: number, version: number): string {
  // What has been kept once is not made a conflict version of a conflict version.
  if (key.startsWith(CONFLICT)) return key;
  const name = `${CONFLICT}${generation}-${version}:${key}`;
  return isRegisterKey(name) ? name : `${CONFLICT}${generation}-${version}:sha256:${sha256Hex(key)}`;
}

export function hasConflicts(store: ReadableStore): boolean {
  for (const _ of store.range('meta', { prefix: ROWS, limit: 1 })) return true;
  return false;
}

/** Has the leader keep the first ones that wait here; those that somebody else has brought already are done. */
export function keepConflicts(facts: ConsensusFacts, options: LeadingOptions, moment: Moment): ConsensusStep {
  const { view } = facts;
  const rows = [...options.store.range('meta', { prefix: ROWS, limit: LIMITS.conflictsAtOnce })].map(
    ([key, value]) => [key, value as unknown as Row] as const,
  );
  if (rows.length === 0 || view === null) return only(facts);
  const afterMs = Math.round(LIMITS.conflictRetryMs * (0.5 + moment.random()));
  const done = rows.filter(([, row]) => isKept(row, view, options.store));
  const left = rows.filter((row) => !done.includes(row));
  return chain(
    {
      facts,
      writes: done.map(([key]): Write => ({ table: 'meta', key, remove: true })),
      effects: [{ effect: 'timer', name: 'consensus.keepConflicts', afterMs }],
    },
    ...left.map(
      ([key, row]) =>
        (now: ConsensusFacts): ConsensusStep =>
          isLeading(now) ? setHere(now, row, options, moment) : askFor(now, key, row),
    ),
  );
}

function isKept({ tree, key }: Row, view: View, store: ReadableStore): boolean {
  return view.trees[tree] === undefined || store.get('registers', registerKey(tree, key)) !== undefined;
}

const commandFor = ({ tree, key, value }: Row) =>
  ({ type: 'set', tree, writes: [{ key, expected: 0, value }] }) as const satisfies Command;

/** At the leader itself, to whom nobody need answer: the next look finds it done. */
function setHere(facts: ConsensusFacts, row: Row, options: LeadingOptions, moment: Moment): ConsensusStep {
  if (facts.appended === null || !canAppend(facts)) return { facts };
  const plan = planCommand(facts.appended, commandFor(row), undefined, judgeOf(facts, options, moment));
  return plan.plan === 'append' ? append(facts, plan.entry, options, moment) : { facts };
}

function askFor(facts: ConsensusFacts, key: string, row: Row): ConsensusStep {
  const to = leaderOf(facts);
  if (to === null || to === facts.raft?.self) return { facts };
  return only(facts, {
    effect: 'ask',
    to,
    tree: null,
    kind: 'consensus.propose',
    body: { command: commandFor(row) } as unknown as Json,
    deadlineMs: LIMITS.askDeadlineMs,
    onAnswer: 'consensus.keptConflict',
    tag: key,
  });
}

/** The leader has it, or had it from somebody else. Whatever else it says, it is asked again in a while. */
export function takeKeptConflict(facts: ConsensusFacts, { outcome, tag }: Answer): ConsensusStep {
  if (!outcome.ok && outcome.code !== 'conflict') return { facts };
  return { facts, writes: [{ table: 'meta', key: String(tag), remove: true }] };
}
