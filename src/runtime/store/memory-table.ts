import { compareKeys, lowerBound } from './key.ts';

/** Up to so many changes are worked into the sorted keys one by one; more are sorted again as a whole. */
const PATCHED_MAX = 16;

/** One table of the disk in memory. Keys are sorted when somebody asks for them in order, and kept so. */
export class MemoryTable<V> {
  readonly #values: Map<string, V>;
  #sorted: string[] | undefined;
  /** Keys that came or went since `#sorted` was right. */
  readonly #changed = new Set<string>();

  constructor(values: Iterable<readonly [string, V]> = []) {
    this.#values = new Map(values);
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: V): void {
    const size = this.#values.size;
    this.#values.set(key, value);
    if (this.#values.size !== size) this.#change(key);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#change(key);
  }

  entries(): Iterable<[string, V]> {
    return this.#values.entries();
  }

  /** Ascending by UTF-8 bytes. Good until the next change. */
  keys(): readonly string[] {
    this.#sorted ??= sort([...this.#values.keys()]);
    for (const key of this.#changed) this.#patch(this.#sorted, key);
    this.#changed.clear();
    return this.#sorted;
  }

  #change(key: string): void {
    if (this.#sorted === undefined) return;
    this.#changed.add(key);
    if (this.#changed.size <= PATCHED_MAX) return;
    this.#sorted = undefined;
    this.#changed.clear();
  }

  #patch(sorted: string[], key: string): void {
    const at = lowerBound(sorted, key);
    const listed = sorted[at] === key;
    if (this.#values.has(key) === listed) return;
    if (listed) sorted.splice(at, 1);
    else sorted.splice(at, 0, key);
  }
}

/** Code units whose order is not that of their UTF-8 bytes. */
const HIGH = /[\uD800-\uFFFF]/;

/** JavaScript's own order is the same for nearly all keys and several times faster. */
function sort(keys: string[]): string[] {
  return keys.some((key) => HIGH.test(key)) ? keys.sort(compareKeys) : keys.sort();
}
