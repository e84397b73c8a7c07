/**
 * A 64-bit running hash (two lanes of FNV-1a with different offsets) of what happened in a simulation, in its order: two
 * runs of one seed end with the same one. Not for secrets.
 */
export class Trace {
  #high = 0x811c9dc5;
  #low = 0xc9dc5811;
  #count = 0;

  /** Facts that were noted so far. */
  get count(): number {
    return this.#count;
  }

  note(...facts: readonly (string | number)[]): void {
    this.#count += 1;
    for (const fact of facts) {
      const text = typeof fact === 'number' ? fact.toString(36) : fact;
      for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
      this.#mix(0x1f);
    }
  }

  #mix(code: number): void {
    this.#high = Math.imul(this.#high ^ code, 0x01000193);
    this.#low = Math.imul(this.#low ^ (code + 0x9e), 0x01000193) ^ (this.#low >>> 15);
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
