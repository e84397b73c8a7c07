import { chunksOf } from './chunks.ts';
import { isFunctionWord, type Language, languageOf } from './languages.ts';
import { stemOf } from './stemming.ts';
import { wordsOf } from './words.ts';

/** What is to be remembered of a file, once its text is out. */
export interface Described {
  /** What people say of it: its name, title, description, tags, note. */
  readonly about: string;
  readonly text: string;
}

/** The same, ready to be looked up. The first passage is what is said about it, which may be empty. */
export interface Analysed {
  readonly language: Language;
  readonly passages: readonly Passage[];
}

export interface Passage {
  readonly text: string;
  /** Stems in the order of the text, function words left out. */
  readonly terms: readonly string[];
}

/**
 * @example analyse({ about: 'boat.txt', text: 'The contract about the boat.' }).language // 'english'
 */
export function analyse({ about, text }: Described): Analysed {
  const language = languageOf(text.trim() === '' ? about : text);
  const passage = (of: string): Passage => ({ text: of, terms: termsOf(of, language) });
  return { language, passages: [passage(about), ...chunksOf(text).map(passage)] };
}

/** The stems by which a text in this language is found. */
export function termsOf(text: string, language: Language): string[] {
  const terms: string[] = [];
  for (const { text: word } of wordsOf(text)) {
    if (!isFunctionWord(word, language)) terms.push(stemOf(word, language));
  }
  return terms;
}

/** Passages of a text that are read at a stretch. */
const PASSAGES_A_TURN = 32;

/** The same, with a pause now and then: a text of ten megabytes takes seconds, in which others want their turn. */
export async function analyseInTurns({ about, text }: Described, rest: () => Promise<void>): Promise<Analysed> {
  const language = languageOf(text.trim() === '' ? about : text);
  const passages: Passage[] = [{ text: about, terms: termsOf(about, language) }];
  for (const passage of chunksOf(text)) {
    passages.push({ text: passage, terms: termsOf(passage, language) });
    if (passages.length % PASSAGES_A_TURN === 0) await rest();
  }
  return { language, passages };
}
