import { LIMITS } from '../../../contract/limits.ts';
import type { Store, Write } from '../../../contract/ports.ts';
import type { Json, TreeId } from '../../../contract/words.ts';
import type { Book, RowWrite } from '../book.ts';

type ReadableStore = Pick<Store, 'get' | 'range'>;

/**
 * The book of one ledger in the node's store, with the rows that are on their way there: a step sees what the steps before it
 * have written, flushed or not. One exists per life of the organ, so what a crash loses nobody sees afterwards.
 */
export class StoreBook implements Book {
  readonly #store: ReadableStore;
  readonly #prefix: string;
  /** Written by steps that the disk has not taken yet. */
  readonly #ahead = new Map<string, { readonly value: Json | undefined; readonly turn: number }>();
  /** Which rows each of those steps has written, oldest first. */
  readonly #turns = new Map<number, readonly RowWrite[]>();
  /** Rows that are on the disk, the longest unused first. */
  readonly #known = new Map<string, Json | undefined>();

  constructor(store: ReadableStore, tree: TreeId) {
    this.#store = store;
    this.#prefix = `${tree}/`;
  }

  get(key: string): Json | undefined {
    const ahead = this.#ahead.get(key);
    if (ahead !== undefined) return ahead.value;
    if (this.#known.has(key)) return this.#known.get(key);
    const value = this.#store.get('ledger', this.#prefix + key);
    this.#remember(key, value);
    return value;
  }

  *range(prefix: string): Iterable<readonly [string, Json]> {
    const rows = new Map<string, Json>();
    for (const [key, value] of this.#store.range('ledger', { prefix: this.#prefix + prefix })) {
      rows.set(key.slice(this.#prefix.length), value);
    }
    const ahead = [...this.#ahead].filter(([key]) => key.startsWith(prefix));
    for (const [key, { value }] of ahead) {
      if (value === undefined) rows.delete(key);
      else rows.set(key, value);
    }
    // What comes from the store ascends already.
    yield* ahead.length === 0 ? rows : [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Rows after a key, at most so many, as they are on the disk. */
  page(prefix: string, after: string | undefined, limit: number): (readonly [key: string, value: Json])[] {
    const options = { prefix: this.#prefix + prefix, limit };
    const rows = this.#store.range(
      'ledger',
      after === undefined ? options : { ...options, after: this.#prefix + prefix + after },
    );
    return [...rows].map(([key, value]) => [key.slice(this.#prefix.length + prefix.length), value] as const);
  }

  /** From here on steps see these rows. */
  take(writes: readonly RowWrite[], turn: number): void {
    for (const { key, value } of writes) this.#ahead.set(key, { value, turn });
    this.#turns.set(turn, [...(this.#turns.get(turn) ?? []), ...writes]);
  }

  /** What this step and all before it have written is on the disk. */
  kept(turn: number): void {
    for (const [earlier, writes] of this.#turns) {
      if (earlier > turn) break;
      this.#turns.delete(earlier);
      for (const { key } of writes) {
        // One step may write a row several times, and later steps again: the last word is kept.
        const ahead = this.#ahead.get(key);
        if (ahead?.turn !== earlier) continue;
        this.#ahead.delete(key);
        this.#remember(key, ahead.value);
      }
    }
  }

  /** The same as writes to the store. */
  writesOf(rows: readonly RowWrite[]): Write[] {
    return rows.map(({ key, value }) =>
      value === undefined
        ? { table: 'ledger', key: this.#prefix + key, remove: true }
        : { table: 'ledger', key: this.#prefix + key, value },
    );
  }

  #remember(key: string, value: Json | undefined): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    if (this.#known.size > LIMITS.ledgerRowsCached) this.#known.delete(this.#known.keys().next().value as string);
  }
}
