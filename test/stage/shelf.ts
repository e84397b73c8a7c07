import type { RangeOptions, Store, Table, Write } from '../../src/contract/ports.ts';
import type { Json } from '../../src/contract/words.ts';

/** A store that keeps everything at once and forgets nothing; enough for organs that play without a kernel. */
export class Shelf implements Store {
  readonly full = false;
  readonly #records = new Map<string, Json>();

  get(table: Table, key: string): Json | undefined {
    return this.#records.get(`${table} ${key}`);
  }

  bytes(): undefined {
    return undefined;
  }

  has(table: Table, key: string): boolean {
    return this.#records.has(`${table} ${key}`);
  }

  *range(table: Table, options: RangeOptions = {}): Iterable<readonly [string, Json]> {
    const { prefix = '', after = '', limit = Number.POSITIVE_INFINITY, reverse = false } = options;
    const keys = [...this.#records.keys()]
      .filter((key) => key.startsWith(`${table} ${prefix}`))
      .map((key) => key.slice(table.length + 1))
      .filter((key) => after === '' || key > after)
      .sort();
    if (reverse) keys.reverse();
    for (const key of keys.slice(0, limit)) yield [key, this.#records.get(`${table} ${key}`) as Json];
  }

  put(writes: readonly Write[]): void {
    for (const write of writes) {
      if ('remove' in write) this.#records.delete(`${write.table} ${write.key}`);
      else if ('value' in write) this.#records.set(`${write.table} ${write.key}`, structuredClone(write.value));
    }
  }

  async commit(writes: readonly Write[]): Promise<void> {
    this.put(writes);
  }

  async close(): Promise<void> {}

  /** What a disk would hold if the power went now. */
  copy(): Shelf {
    const copy = new Shelf();
    for (const [key, value] of this.#records) copy.#records.set(key, structuredClone(value));
    return copy;
  }
}
