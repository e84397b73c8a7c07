import type { DeadLetter } from '../../contract/letters.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { EpochMs, Json } from '../../contract/words.ts';
import { type Row, recipientName, removeRow, sortable } from './rows.ts';

/** The numbers of the letters on the disk, ascending, and the next one. */
export interface Letters {
  readonly numbers: readonly number[];
  readonly next: number;
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
  if (rows.length === 0) return { letters, writes: [], effects: [] };
  const fresh = rows.map((_, index) => letters.next + index);
  const writes = rows.flatMap((row, index): Write[] => [
    removeRow(row),
    { table: 'deadLetters', key: sortable(letters.next + index), value: recordOf(row, reason, at) },
  ]);
  const numbers = [...letters.numbers, ...fresh];
  const dropped = numbers.splice(0, Math.max(numbers.length - LIMITS.deadLettersMax, 0));
  writes.push(...dropped.map(removeLetter));
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const report = { reason, kinds, buried: rows.length, dropped: dropped.length };
  const effects: Effect[] = [releaseOf(rows), { effect: 'run', name: 'report', params: report }];
  return { letters: { numbers, next: letters.next + rows.length }, writes, effects };
}

function recordOf({ seq, replays, to, tree, kind, body }: Row, reason: string, at: EpochMs): Json {
  return { message: seq, replays: replays ?? null, at, reason, to: { ...to }, tree, kind, body };
}

function removeLetter(number: number): Write {
  return { table: 'deadLetters', key: sortable(number), remove: true };
}

/** Where the next number is kept, as the last letter may be taken away: nobody who names a letter may mean another. */
const NEXT = 'outbox/nextLetter';

/** Takes a letter away: it is sent again, or forgotten. Undefined where there is none. */
export function exhume(letters: Letters, number: number): Pick<Buried, 'letters' | 'writes'> | undefined {
  if (!letters.numbers.includes(number)) return undefined;
  const numbers = letters.numbers.filter((other) => other !== number);
  const writes: Write[] = [removeLetter(number), { table: 'facts', key: NEXT, value: letters.next }];
  return { letters: { ...letters, numbers }, writes };
}

/** Tells the intake that there is room again. */
export function releaseOf(rows: readonly Row[]): Effect {
  return { effect: 'run', name: 'release', params: releasedBy(rows) };
}

/** Rows that were never to be sent took no room. */
export function releasedBy(rows: readonly Row[]): readonly Released[] {
  const sent = rows.filter(({ lost }) => lost === undefined);
  return sent.map(({ to, bytes }) => ({ name: recipientName(to), bytes }));
}

export function readLetters(store: Pick<Store, 'get' | 'range'>): Letters {
  const numbers = Array.from(store.range('deadLetters'), ([key]) => Number(key));
  const next = Math.max((numbers.at(-1) ?? 0) + 1, Number(store.get('facts', NEXT) ?? 1));
  return { numbers, next };
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

/** Undefined where there is none. */
export function readDeadLetter(store: Pick<Store, 'get'>, number: number): DeadLetter | undefined {
  const value = store.get('deadLetters', sortable(number));
  return value === undefined ? undefined : { ...(value as unknown as Omit<DeadLetter, 'number'>), number };
}
