import { PackedList } from './packed-list.ts';

/** Numbers for words, in the order of their first use, and in how many files each occurs. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #terms: string[] = [];
  readonly #files = new PackedList(64);
  /** Which letters each term has, a bit each: most terms can't be near a word, and this tells so at once. */
  readonly #letters = new PackedList(64);

  get size(): number {
    return this.#terms.length;
  }

  /** Its number, given now where it had none. */
  number(term: string): number {
    let number = this.#numbers.get(term);
    if (number === undefined) {
      number = this.#terms.length;
      this.#numbers.set(term, number);
      this.#terms.push(term);
      this.#files.push(0);
      this.#letters.push(lettersOf(term));
    }
    return number;
  }

  find(term: string): number | undefined {
    return this.#numbers.get(term);
  }

  term(number: number): string {
    return this.#terms[number] as string;
  }

  /** In how many files a term occurs, by its number. */
  files(number: number): number {
    return this.#files.at(number);
  }

  count(number: number, more: 1 | -1): void {
    this.#files.set(number, this.#files.at(number) + more);
  }

  /** Numbers of terms in use that differ from a word in at most `most` letters added, dropped or changed, or some more. */
  *similar(word: string, most: number): Generator<number> {
    const wanted = lettersOf(word);
    for (let number = 0; number < this.#terms.length; number++) {
      if (bitsOf(this.#letters.at(number) ^ wanted) > 2 * most) continue;
      if (Math.abs((this.#terms[number] as string).length - word.length) > most) continue;
      if (this.#files.at(number) > 0) yield number;
    }
  }
}

function lettersOf(term: string): number {
  let bits = 0;
  for (let i = 0; i < term.length; i++) bits |= 1 << (term.charCodeAt(i) % 32);
  return bits >>> 0;
}

function bitsOf(number: number): number {
  let rest = number - ((number >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
