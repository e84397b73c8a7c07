import { LIMITS } from '../../../contract/limits.ts';
import type { ScopeIndex } from '../store/scope-index.ts';
import type { Language } from '../text/languages.ts';
import type { Concept } from './plan.ts';
import { nearTerms } from './typos.ts';

/** What is known of a query's words, in one partition or summed over several: JSON, as it travels between cells. */
export interface Statistics {
  readonly files: number;
  /** Terms of all files together. */
  readonly words: number;
  readonly passages: number;
  /** In how many files each asked term occurs; those of none left out. */
  readonly terms: { readonly [term: string]: number };
  /** By word: the terms that look like it, where a partition doesn't have it itself. */
  readonly near: { readonly [word: string]: { readonly [term: string]: Near } };
}

export interface Near {
  readonly files: number;
  readonly distance: number;
}

/** A record's own value: words like `constructor` are members of every object. */
export function own<V>(record: { readonly [key: string]: V }, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export const NO_STATISTICS: Statistics = { files: 0, words: 0, passages: 0, terms: {}, near: {} };

/** What the indexes of the scopes that may be read know of these words. */
export function statisticsOf(indexes: readonly ScopeIndex[], concepts: readonly Concept[]): Statistics {
  return indexes.map((index) => statisticsOfOne(index, concepts)).reduce(addStatistics, NO_STATISTICS);
}

function statisticsOfOne(index: ScopeIndex, concepts: readonly Concept[]): Statistics {
  const terms: Record<string, number> = {};
  const near: Record<string, { readonly [term: string]: Near }> = {};
  let looked = 0;
  for (const { word, alternatives } of concepts) {
    let known = false;
    for (const { term } of alternatives) {
      const files = filesOf(index, term);
      if (files > 0) terms[term] = files;
      known ||= files > 0;
    }
    if (known || looked >= LIMITS.typoWordsMax) continue;
    looked++;
    near[word] = nearTerms(index.vocabulary, word, alternatives);
  }
  return { files: index.size, words: index.words, passages: index.passages, terms, near };
}

function filesOf({ vocabulary }: ScopeIndex, term: string): number {
  const number = vocabulary.find(term);
  return number === undefined ? 0 : vocabulary.files(number);
}

export function addStatistics(a: Statistics, b: Statistics): Statistics {
  const terms: Record<string, number> = { ...a.terms };
  for (const [term, files] of Object.entries(b.terms)) terms[term] = (own(terms, term) ?? 0) + files;
  const near: Record<string, { readonly [term: string]: Near }> = { ...a.near };
  for (const [word, found] of Object.entries(b.near)) near[word] = addNear(own(near, word) ?? {}, found);
  return { files: a.files + b.files, words: a.words + b.words, passages: a.passages + b.passages, terms, near };
}

function addNear(
  a: { readonly [term: string]: Near },
  b: { readonly [term: string]: Near },
): { readonly [term: string]: Near } {
  const sum: Record<string, Near> = { ...a };
  for (const [term, { files, distance }] of Object.entries(b)) {
    sum[term] = { files: files + (own(sum, term)?.files ?? 0), distance };
  }
  return nearest(sum);
}

/** The nearest and most frequent ones, as many as travel with an answer. */
export function nearest(near: { readonly [term: string]: Near }): { readonly [term: string]: Near } {
  const sorted = Object.entries(near).sort(
    ([a, m], [b, n]) => m.distance - n.distance || n.files - m.files || (a < b ? -1 : 1),
  );
  return Object.fromEntries(sorted.slice(0, LIMITS.nearTermsMax));
}

/** The languages of the files that may be read. */
export function languagesOf(indexes: readonly ScopeIndex[]): Language[] {
  return [...new Set(indexes.flatMap((index) => index.languages()))].sort();
}
