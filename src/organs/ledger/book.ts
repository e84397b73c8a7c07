import type { Json } from '../../contract/words.ts';

/**
 * What a validator knows, as rows: the ledger's state, and its own promises. The rules only read; what they decide is
 * written to a `Draft`, whose writes are made durable before anything that was decided on them is said.
 */
export interface Book {
  get(key: string): Json | undefined;
  /** Rows whose keys start so, ascending by key. */
  range(prefix: string): Iterable<readonly [key: string, value: Json]>;
}

/** One row's new value; undefined where it goes. */
export interface RowWrite {
  readonly key: string;
  readonly value: Json | undefined;
}

/** A book with changes that are not in it yet. */
export class Draft implements Book {
  readonly #base: Book;
  readonly #changed = new Map<string, Json | undefined>();

  constructor(base: Book) {
    this.#base = base;
  }

  get(key: string): Json | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#base.get(key);
  }

  *range(prefix: string): Iterable<readonly [string, Json]> {
    const rows = new Map(this.#base.range(prefix));
    for (const [key, value] of this.#changed) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) rows.delete(key);
      else rows.set(key, value);
    }
    yield* [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  put(key: string, value: Json): void {
    this.#changed.set(key, value);
  }

  remove(key: string): void {
    this.#changed.set(key, undefined);
  }

  /** Every changed row once, in the order of its first change. */
  writes(): RowWrite[] {
    return [...this.#changed].map(([key, value]) => ({ key, value }));
  }
}

/** A book in memory: for clients, audits and tests. */
export class MemoryBook implements Book {
  readonly #rows: Map<string, Json>;

  constructor(rows: Iterable<readonly [string, Json]> = []) {
    this.#rows = new Map(rows);
  }

  get(key: string): Json | undefined {
    return this.#rows.get(key);
  }

  *range(prefix: string): Iterable<readonly [string, Json]> {
    yield* [...this.#rows].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  commit(writes: readonly RowWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#rows.delete(key);
      else this.#rows.set(key, value);
    }
  }
}
