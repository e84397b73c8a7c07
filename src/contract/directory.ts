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
  /** The keys in the order of their places, shared and added to in the same way. */
  readonly #keys: string[];
  readonly #chunks: readonly (readonly V[])[];
  readonly size: number;

  private constructor(places: Map<string, number>, keys: string[], chunks: readonly (readonly V[])[], size: number) {
    this.#places = places;
    this.#keys = keys;
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
    return new Directory(places, [...values.keys()], chunks, values.size);
  }

  get(key: string): V | undefined {
    const place = this.#places.get(key);
    return place === undefined || place >= this.size ? undefined : this.at(place);
  }

  has(key: string): boolean {
    const place = this.#places.get(key);
    return place !== undefined && place < this.size;
  }

  /** This very directory where the value is there already. */
  set(key: string, value: V): Directory<V> {
    const place = this.#places.get(key);
    if (place === undefined || place >= this.size) return this.#append(key, value);
    if (this.at(place) === value) return this;
    return new Directory(this.#places, this.#keys, this.#written(place, value), this.size);
  }

  /** This very directory where the key isn't there. */
  delete(key: string): Directory<V> {
    return this.has(key) ? Directory.of([...this.entries()].filter(([other]) => other !== key)) : this;
  }

  /** The key at a place from 0 to `size` - 1: walking the places is several times faster than iterating. */
  keyAt(place: number): string {
    return this.#keys[place] as string;
  }

  /** The value at a place from 0 to `size` - 1. */
  at(place: number): V {
    return (this.#chunks[place >>> CHUNK_BITS] as readonly V[])[place & (CHUNK - 1)] as V;
  }

  *keys(): IterableIterator<string> {
    for (let place = 0; place < this.size; place++) yield this.keyAt(place);
  }

  *entries(): IterableIterator<readonly [key: string, value: V]> {
    for (let place = 0; place < this.size; place++) yield [this.keyAt(place), this.at(place)];
  }

  #append(key: string, value: V): Directory<V> {
    const { size } = this;
    // Only the newest version may add to what all share; from an older one a branch of its own begins.
    const isNewest = this.#keys.length === size;
    const keys = isNewest ? this.#keys : this.#keys.slice(0, size);
    const places = isNewest ? this.#places : new Map(keys.map((other, place) => [other, place]));
    keys.push(key);
    places.set(key, size);
    return new Directory(places, keys, this.#written(size, value), size + 1);
  }

  #written(place: number, value: V): readonly (readonly V[])[] {
    const chunks = [...this.#chunks];
    const chunk = [...(chunks[place >>> CHUNK_BITS] ?? [])];
    chunk[place & (CHUNK - 1)] = value;
    chunks[place >>> CHUNK_BITS] = chunk;
    return chunks;
  }
}
