import type { Analysed } from '../text/analysis.ts';
import type { Language } from '../text/languages.ts';
import { PackedList } from './packed-list.ts';
import { Vocabulary } from './vocabulary.ts';

/** What is known of a file besides its words: filters and results go by it. */
export interface Label {
  readonly id: string;
  readonly name: string;
  /** Changes with whatever is remembered of the file: its text, and what is said about it. */
  readonly edition: string;
  /** Lower-case ending of the kind of file: `pdf`, `md`, `jpg`. */
  readonly type: string;
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly storedAt: number;
}

/** A file of a scope: its passages as numbers of terms, one after the other. */
export interface Entry {
  readonly label: Label;
  readonly language: Language;
  /** Numbers of terms in the order of the text, what is said about the file first. */
  readonly terms: Uint32Array;
  /** Where each passage begins in `terms`; one more than there are passages. */
  readonly bounds: Uint32Array;
  readonly passages: readonly string[];
}

/** Occurrences beyond this say nothing more: they are packed in eight bits beside the number of the file. */
const OCCURRENCES_MAX = 255;
/** Postings of removed files are swept once they are this share of all. */
const SWEEP_SHARE = 0.25;

/**
 * The words of one scope in one partition: which files have which term how often. Everything of another scope is in
 * another index, so that nothing of it can show here.
 */
export class ScopeIndex {
  readonly vocabulary = new Vocabulary();
  readonly #postings: PackedList[] = [];
  readonly #entries: (Entry | undefined)[] = [];
  readonly #places = new Map<string, number>();
  readonly #languages = new Map<Language, number>();
  #words = 0;
  #passages = 0;
  /** Places of removed files that postings still name, and those that none does any more. */
  #gone: number[] = [];
  #free: number[] = [];

  /** Files. */
  get size(): number {
    return this.#places.size;
  }

  /** Terms of all files together. */
  get words(): number {
    return this.#words;
  }

  /** Passages of all files together, what is said about them not counted. */
  get passages(): number {
    return this.#passages;
  }

  /** One more than the highest place of a file; places are what postings name. */
  get places(): number {
    return this.#entries.length;
  }

  languages(): Language[] {
    return [...this.#languages.keys()];
  }

  entryAt(place: number): Entry | undefined {
    return this.#entries[place];
  }

  place(id: string): number | undefined {
    return this.#places.get(id);
  }

  entry(id: string): Entry | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#entries[place];
  }

  *entries(): Generator<readonly [place: number, entry: Entry]> {
    for (const place of this.#places.values()) yield [place, this.#entries[place] as Entry];
  }

  /** Files (`place << 8 | occurrences`) that have a term; some of them may be gone. */
  postings(term: string): Uint32Array | undefined {
    const number = this.vocabulary.find(term);
    return number === undefined ? undefined : this.#postings[number]?.view();
  }

  /** Takes the place of what was remembered of the same file before. Returns its place. */
  add(label: Label, { language, passages }: Analysed): number {
    this.remove(label.id);
    const place = this.#free.pop() ?? this.#entries.length;
    const numbers = passages.map((passage) => passage.terms.map((term) => this.#numberOf(term)));
    const bounds = new Uint32Array(passages.length + 1);
    numbers.forEach((list, i) => {
      bounds[i + 1] = (bounds[i] as number) + list.length;
    });
    const entry: Entry = {
      label,
      language,
      terms: Uint32Array.from(numbers.flat()),
      bounds,
      passages: passages.map((passage) => passage.text),
    };
    this.#entries[place] = entry;
    this.#places.set(label.id, place);
    for (const [number, occurrences] of occurrencesOf(entry.terms)) {
      this.#postings[number]?.push(place * 256 + Math.min(OCCURRENCES_MAX, occurrences));
      this.vocabulary.count(number, 1);
    }
    this.#sum(entry, 1);
    return place;
  }

  /** False where there was nothing of it. */
  remove(id: string): boolean {
    const place = this.#places.get(id);
    const entry = place === undefined ? undefined : this.#entries[place];
    if (place === undefined || entry === undefined) return false;
    this.#entries[place] = undefined;
    this.#places.delete(id);
    for (const number of new Set(entry.terms)) this.vocabulary.count(number, -1);
    this.#sum(entry, -1);
    this.#gone.push(place);
    if (this.#gone.length > SWEEP_SHARE * this.#entries.length) this.#sweep();
    return true;
  }

  #numberOf(term: string): number {
    const number = this.vocabulary.number(term);
    if (number === this.#postings.length) this.#postings.push(new PackedList());
    return number;
  }

  #sum(entry: Entry, sign: 1 | -1): void {
    this.#words += sign * entry.terms.length;
    this.#passages += sign * passagesOf(entry);
    const files = (this.#languages.get(entry.language) ?? 0) + sign;
    if (files === 0) this.#languages.delete(entry.language);
    else this.#languages.set(entry.language, files);
  }

  /** Places of the living stay as they are: what is remembered of a place elsewhere, such as its vector, stays right. */
  #sweep(): void {
    for (const postings of this.#postings) {
      postings.filter((posting) => this.#entries[Math.floor(posting / 256)] !== undefined);
    }
    this.#free.push(...this.#gone);
    this.#gone = [];
  }
}

/** Passages of its text; one where only something is said about it. */
export function passagesOf(entry: Entry): number {
  return Math.max(1, entry.bounds.length - 2);
}

/** How often each number occurs, in the order of first occurrence. */
export function occurrencesOf(terms: Uint32Array): Map<number, number> {
  const occurrences = new Map<number, number>();
  for (const number of terms) occurrences.set(number, (occurrences.get(number) ?? 0) + 1);
  return occurrences;
}
