import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Recipient } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { EpochMs, Json, TreeId } from '../../contract/words.ts';
import { type Row, recipientName, removeRow, sortable } from './rows.ts';

/** The letters on the disk are those with a number from `first` up to `next`, exclusive. */
export interface Letters {
  readonly first: number;
  readonly next: number;
}

/** A message that will not be delivered, and why. */
export interface DeadLetter {
  readonly number: number;
  readonly at: EpochMs;
  /**
   * The code of the refusal: its receiver has not applied it and never will. Or `expired`: nobody has answered for it in
   * time, so that it may have been applied where its frame was sent.
   */
  readonly reason: string;
  readonly to: Recipient;
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
}

/** A row that left the queue: for whom, and how large it was. */
export interface Released {
  readonly name: string;
  readonly bytes: number;
}

export interface Buried {
  readonly letters: Letters;
  readonly writes: readonly Write[];
  readonly effects: readonly Effect[];
}

/** Moves rows from the queue to the dead letters; beyond `LIMITS.deadLettersMax` the oldest letters go, and the log says so. */
export function bury(letters: Letters, rows: readonly Row[], reason: string, at: EpochMs): Buried {
  const writes: Write[] = [];
  let { first, next } = letters;
  for (const row of rows) {
    const { to, tree, kind, body } = row;
    writes.push(removeRow(row), {
      table: 'deadLetters',
      key: sortable(next),
      value: { at, reason, to: { ...to }, tree, kind, body },
    });
    next += 1;
  }
  const dropped = Math.max(next - first - LIMITS.deadLettersMax, 0);
  for (; next - first > LIMITS.deadLettersMax; first += 1)
    writes.push({ table: 'deadLetters', key: sortable(first), remove: true });
  const report = { reason, kinds: [...new Set(rows.map(({ kind }) => kind))], buried: rows.length, dropped };
  const effects: Effect[] = [releaseOf(rows), { effect: 'run', name: 'report', params: report }];
  return { letters: { first, next }, writes, effects: rows.length === 0 ? [] : effects };
}

/** Tells the intake that there is room again. */
export function releaseOf(rows: readonly Row[]): Effect {
  const params: readonly Released[] = rows.map(({ to, bytes }) => ({ name: recipientName(to), bytes }));
  return { effect: 'run', name: 'release', params };
}

export function readLetters(store: Pick<Store, 'range'>): Letters {
  const [lowest] = store.range('deadLetters', { limit: 1 });
  const [highest] = store.range('deadLetters', { limit: 1, reverse: true });
  return { first: Number(lowest?.[0] ?? 1), next: Number(highest?.[0] ?? 0) + 1 };
}

/**
 * Letters in the order of their burial.
 *
 * @param options.after only those with a higher number. @default 0
 */
export function listDeadLetters(
  store: Pick<Store, 'range'>,
  { after = 0, limit }: { readonly after?: number; readonly limit: number },
): DeadLetter[] {
  const letters = store.range('deadLetters', { after: sortable(after), limit });
  return [...letters].map(([key, value]) => ({
    ...(value as unknown as Omit<DeadLetter, 'number'>),
    number: Number(key),
  }));
}
