import type { Language } from '../text/languages.ts';
import { stemOf } from '../text/stemming.ts';
import { type Word, wordsOf } from '../text/words.ts';

/** Characters of a snippet, the marks not counted. */
const SNIPPET_CHARACTERS = 240;
const MARK = '**';

/**
 * The part of a passage that shows most of the words that were looked for, each between two asterisks on either side.
 * Control characters are left out: a snippet is shown in terminals.
 *
 * @example snippetOf('The contract about the boat.', new Set(['boat']), 'english') // 'The contract about the **boat**.'
 */
export function snippetOf(passage: string, terms: ReadonlySet<string>, language: Language): string {
  const hits = hitsOf(passage, terms, language);
  const [from, to] = windowOf(passage, hits);
  let snippet = from > 0 ? '… ' : '';
  let at = from;
  for (const { start, end } of hits) {
    if (start < at || end > to) continue;
    snippet += `${passage.slice(at, start)}${MARK}${passage.slice(start, end)}${MARK}`;
    at = end;
  }
  snippet += passage.slice(at, to) + (to < passage.length ? ' …' : '');
  return snippet.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

interface Hit {
  readonly start: number;
  readonly end: number;
  readonly term: string;
}

/** Hits in the order of the text, none inside another; neighbours of a script without spaces are one. */
function hitsOf(passage: string, terms: ReadonlySet<string>, language: Language): Hit[] {
  const hits: Hit[] = [];
  for (const word of wordsOf(passage)) {
    const hit = hitOf(word, terms, language);
    const last = hits.at(-1);
    if (hit === undefined) continue;
    if (last === undefined || hit.start >= last.end) hits.push(hit);
    else if (hit.end > last.end) hits[hits.length - 1] = { ...last, end: hit.end };
  }
  return hits;
}

function hitOf({ text, start, end }: Word, terms: ReadonlySet<string>, language: Language): Hit | undefined {
  const term = stemOf(text, language);
  return terms.has(term) ? { start, end, term } : undefined;
}

/** Where to cut: the window that begins at a hit and holds most different ones, begun at a word somewhat before it. */
function windowOf(passage: string, hits: readonly Hit[]): readonly [from: number, to: number] {
  if (passage.length <= SNIPPET_CHARACTERS) return [0, passage.length];
  let best = 0;
  let most = 0;
  for (const { start } of hits) {
    const inside = hits.filter((hit) => hit.start >= start && hit.end <= start + SNIPPET_CHARACTERS);
    const different = new Set(inside.map((hit) => hit.term)).size;
    if (different > most) [best, most] = [start, different];
  }
  const early = Math.max(0, Math.min(best - SNIPPET_CHARACTERS / 6, passage.length - SNIPPET_CHARACTERS));
  const from = early === 0 ? 0 : afterBlank(passage, Math.floor(early), best);
  const to = Math.min(passage.length, from + SNIPPET_CHARACTERS);
  return [from, to === passage.length ? to : beforeBlank(passage, from, to)];
}

function afterBlank(text: string, at: number, limit: number): number {
  const blank = text.slice(at, limit).search(/\s/);
  return blank < 0 ? limit : at + blank + 1;
}

function beforeBlank(text: string, from: number, at: number): number {
  const blank = text.lastIndexOf(' ', at);
  if (blank > from + SNIPPET_CHARACTERS / 2) return blank;
  // No blank to cut at: never between the halves of one character.
  return /[\uD800-\uDBFF]/.test(text[at - 1] ?? '') ? at - 1 : at;
}
