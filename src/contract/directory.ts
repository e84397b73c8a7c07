/** Values of one chunk; a change of one value copies so many others at most. */
const CHUNK_BITS = 5;
const CHUNK = 1 << CHUNK_BITS;

/**
 * Values by key, for facts that change one value at a time: an immutable map that shares its keys with the versions before
 * and after it, so that setting one of a thousand values copies a few dozen references and no key. Keys keep the order in
 * which they came. Taking a key out copies everything: that is for what happens seldom.
 *
 * @example
 * const before = Directory.of<number>([['a', 1]])
 * const after = before.set('b', 2)
 * [before.get('b'), after.get('b')] // [undefined, 2]
 */
export class Directory<V> {
  /** Where a key's value lies. Later versions may have added to it: places from `size` on are not this one's. */
  readonly #places: Map<string, number>;
  readonly #chunks: readonly (readonly V[])[];
  readonly size: number;

  private constructor(places: Map<string, number>, chunks: readonly (readonly V[])[], size: number) {
    this.#places = places;
    this.#chunks = chunks;
    this.size = size;
  }

  /** Of the values of one key the last one counts. */
  static of<V>(entries: Iterable<readonly [key: string, value: V]> = []): Directory<V> {
    const values = new Map(entries);
    const places = new Map<string, number>();
    const chunks: V[][] = [];
    for (const [key, value] of values) {
      const place = places.size;
      places.set(key, place);
      if (place % CHUNK === 0) chunks.push([]);
      chunks[place >>> CHUNK_BITS]?.push(value);
    }
    return new Directory(places, chunks, values.size);
  }

  get(key: string): V | undefined {
    const place = this.#places.get(key);
    return place === undefined || place >= this.size ? undefined : this.#at(place);
  }

  has(key: string): boolean {
    const place = this.#places.get(key);
    return place !== undefined && place < this.size;
  }

  /** This very directory where the value is there already. */
  set(key: string, value: V): Directory<V> {
    const place = this.#places.get(key);
    if (place === undefined || place >= this.size) return this.#append(key, value);
    return this.#at(place) === value ? this : new Directory(this.#places, this.#written(place, value), this.size);
  }

  /** This very directory where the key isn't there. */
  delete(key: string): Directory<V> {
    return this.has(key) ? Directory.of([...this.entries()].filter(([other]) => other !== key)) : this;
  }

  *keys(): IterableIterator<string> {
    for (const [key, place] of this.#places) {
      if (place >= this.size) return;
      yield key;
    }
  }

  *entries(): IterableIterator<readonly [key: string, value: V]> {
    for (const [key, place] of this.#places) {
      if (place >= this.size) return;
      yield [key, this.#at(place)];
    }
  }

  /** Calls `visit` for every key in order: several times faster than walking `entries`. */
  forEach(visit: (value: V, key: string) => void): void {
    for (const [key, place] of this.#places) {
      if (place >= this.size) return;
      visit(this.#at(place), key);
    }
  }

  #at(place: number): V {
    return (this.#chunks[place >>> CHUNK_BITS] as readonly V[])[place & (CHUNK - 1)] as V;
  }

  #append(key: string, value: V): Directory<V> {
    const { size } = this;
    // Only the newest version may add to what all share; from an older one a branch of its own begins.
    const places = this.#places.size === size ? this.#places : new Map([...this.#places].slice(0, size));
    places.set(key, size);
    return new Directory(places, this.#written(size, value), size + 1);
  }

  #written(place: number, value: V): readonly (readonly V[])[] {
    const chunks = [...this.#chunks];
    const chunk = [...(chunks[place >>> CHUNK_BITS] ?? [])];
    chunk[place & (CHUNK - 1)] = value;
    chunks[place >>> CHUNK_BITS] = chunk;
    return chunks;
  }
}
