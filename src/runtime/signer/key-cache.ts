import type { KeyObject } from 'node:crypto';

/**
 * Imported keys by their text, the longest unused going first: importing costs as much as half a verification. Texts that
 * are no key are not remembered, so that nobody can push out the keys of peers with rubbish.
 */
export class KeyCache {
  readonly #max: number;
  readonly #read: (text: string) => KeyObject | undefined;
  readonly #keys = new Map<string, KeyObject>();

  constructor(max: number, read: (text: string) => KeyObject | undefined) {
    this.#max = max;
    this.#read = read;
  }

  get size(): number {
    return this.#keys.size;
  }

  get(text: string): KeyObject | undefined {
    const key = this.#keys.get(text) ?? this.#read(text);
    if (key === undefined) return undefined;
    // A Map lists its keys in the order of insertion: the first one is the longest unused.
    this.#keys.delete(text);
    this.#keys.set(text, key);
    if (this.#keys.size > this.#max) this.#keys.delete(this.#keys.keys().next().value as string);
    return key;
  }
}
