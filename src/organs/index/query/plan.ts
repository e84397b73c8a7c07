import { LIMITS } from '../../../contract/limits.ts';
import { clearLanguageOf, isFunctionWord, type Language } from '../text/languages.ts';
import { stemOf } from '../text/stemming.ts';
import { wordsOf } from '../text/words.ts';
import type { Filters } from './filters.ts';
import { own, type Statistics } from './statistics.ts';

/** A word of a query with all the terms that stand for it: they are counted as if they were one. */
export interface Concept {
  /** As it was said, normalised. */
  readonly word: string;
  /** How often it was said. */
  readonly weight: number;
  readonly alternatives: readonly Alternative[];
}

export interface Alternative {
  readonly term: string;
  /** What one occurrence of it counts for, up to 1. */
  readonly weight: number;
  readonly because: 'said' | 'typo';
}

/** A query as a partition needs it: how telling each word is, is decided over all partitions. */
export interface Plan {
  readonly concepts: readonly (Concept & { readonly telling: number })[];
  /** A file that has any of these terms is no answer. */
  readonly without: readonly string[];
  readonly filters: Filters;
  readonly scopes: readonly string[];
  /** Terms of a file, and of a passage, on average over all partitions. */
  readonly fileTerms: number;
  readonly passageTerms: number;
  /** Which generation of a scope's model the answer goes by; scopes without one are left out. */
  readonly generations: { readonly [scope: string]: number };
}

const TYPO_WEIGHTS = [1, 0.8, 0.5] as const;
const TYPO_TERMS_MAX = 3;

/** The stems that a query's words could have in the languages that its scopes have files in. */
export function conceptsOf(text: string, languages: readonly Language[]): Concept[] {
  const readings = readingsOf(text, languages);
  const words = wordsOf(text).map((word) => word.text);
  const telling = words.filter((word) => !saysNothing(word, readings));
  const counts = new Map<string, number>();
  for (const word of telling.length > 0 ? telling : words) {
    if (counts.has(word) || counts.size < LIMITS.queryWordsMax) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const concepts = new Map<string, Concept>();
  for (const [word, weight] of counts) {
    const terms = [...new Set(readings.map((language) => stemOf(word, language)))];
    const alternatives = terms.map((term) => ({ term, weight: 1, because: 'said' as const }));
    const key = terms.join(' ');
    concepts.set(key, { word, weight: weight + (concepts.get(key)?.weight ?? 0), alternatives });
  }
  return [...concepts.values()];
}

/** A word of a query in no clear language: most queries are in English, and only an English one is full of such words. */
function saysNothing(word: string, readings: readonly Language[]): boolean {
  if (readings.includes('english')) return isFunctionWord(word, 'english');
  return readings.every((language) => isFunctionWord(word, language));
}

/** A query that shows its language is read in it, where there are such files; any other one in all that there are. */
function readingsOf(text: string, languages: readonly Language[]): readonly Language[] {
  const clear = clearLanguageOf(text);
  if (clear !== undefined && languages.includes(clear)) return [clear];
  const known = [...new Set(clear === undefined ? languages : [clear, ...languages])].sort();
  return known.length > 0 ? known : ['english'];
}

/** A word that no file has stands for the nearest ones that some have. */
export function withTypos(concepts: readonly Concept[], statistics: Statistics): Concept[] {
  return concepts.map((concept) => {
    if (concept.alternatives.some(({ term }) => (own(statistics.terms, term) ?? 0) > 0)) return concept;
    const near = Object.entries(own(statistics.near, concept.word) ?? {});
    const nearest = Math.min(...near.map(([, { distance }]) => distance));
    const found = near
      .filter(([, { distance }]) => distance === nearest)
      .sort(([a, m], [b, n]) => n.files - m.files || (a < b ? -1 : 1))
      .slice(0, TYPO_TERMS_MAX)
      .map(([term]) => ({ term, weight: TYPO_WEIGHTS[nearest] ?? 0.5, because: 'typo' as const }));
    return found.length === 0 ? concept : { ...concept, alternatives: found };
  });
}

/** Adds up what is known of the words, so that every partition weighs them alike. */
export function planOf(
  concepts: readonly Concept[],
  statistics: Statistics,
  rest: Pick<Plan, 'without' | 'filters' | 'scopes' | 'generations'>,
): Plan {
  const { files, words, passages } = statistics;
  const telling = (concept: Concept): number => {
    const having = Math.max(...concept.alternatives.map(({ term }) => statistics.terms[term] ?? 0));
    return Math.log(1 + (files - having + 0.5) / (having + 0.5));
  };
  return {
    concepts: concepts.map((concept) => ({ ...concept, telling: Math.max(0, telling(concept)) })),
    without: rest.without,
    filters: rest.filters,
    scopes: rest.scopes,
    fileTerms: files === 0 ? 1 : Math.max(1, words / files),
    passageTerms: passages === 0 ? 1 : Math.max(1, words / passages),
    generations: rest.generations,
  };
}
