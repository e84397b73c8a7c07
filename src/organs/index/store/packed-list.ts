/** A growing list of unsigned 32-bit numbers: a tenth of the memory of an array of objects. */
export class PackedList {
  #numbers: Uint32Array;
  #length = 0;

  constructor(capacity = 2) {
    this.#numbers = new Uint32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#numbers[index] as number;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) this.#resize(Math.ceil(this.#length * 1.5) + 2);
    this.#numbers[this.#length++] = number;
  }

  set(index: number, number: number): void {
    this.#numbers[index] = number;
  }

  /** The numbers themselves, for tight loops: valid until the next change. */
  view(): Uint32Array {
    return this.#numbers.subarray(0, this.#length);
  }

  /** Keeps those that `keep` says, in their order. */
  filter(keep: (number: number) => boolean): void {
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const number = this.#numbers[i] as number;
      if (keep(number)) this.#numbers[kept++] = number;
    }
    this.#length = kept;
    this.#resize(kept + 2);
  }

  #resize(capacity: number): void {
    const numbers = new Uint32Array(capacity);
    numbers.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = numbers;
  }
}
