import { createRequire } from 'node:module';
import { LIMITS } from '../../../contract/limits.ts';
import type { Language } from './languages.ts';

/** Words of more characters than this are names or data: a stemmer would only cut off their ends. */
const STEMMED_LENGTH_MAX = 40;
const HAS_DIGIT = /\p{N}/u;

type Stem = (word: string) => string;
/** What of the package is used: it ships no types of its own. */
type Snowball = { newStemmer(algorithm: string): { stem(word: string): string } };

const stemmers = new Map<Language, Stem>();

/**
 * What a word has in common with its other forms. The same word of the same language always has the same stem.
 *
 * @example stemOf('connections', 'english') // 'connect'
 */
export function stemOf(word: string, language: Language): string {
  if (language === 'none' || word.length > STEMMED_LENGTH_MAX || word.length < 3) return word;
  let stem = stemmers.get(language);
  if (stem === undefined) {
    stem = remembering(language);
    stemmers.set(language, stem);
  }
  return stem(word);
}

let loaded: Snowball | undefined;

/** Loaded when a first word is stemmed: most nodes are started long before, and the tables of all languages are large. */
function snowball(): Snowball {
  loaded ??= createRequire(import.meta.url)('snowball-stemmers') as Snowball;
  return loaded;
}

/** A stemmer costs ten times more than looking up what it said before, and most words of a text were there before. */
function remembering(language: Language): Stem {
  const stemmer = snowball().newStemmer(language);
  const stems = new Map<string, string>();
  return (word) => {
    let stem = stems.get(word);
    if (stem === undefined) {
      stem = HAS_DIGIT.test(word) ? word : stemmer.stem(word);
      if (stems.size >= LIMITS.stemsRememberedMax) stems.clear();
      stems.set(word, stem);
    }
    return stem;
  };
}
