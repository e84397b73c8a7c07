/**
 * Words of a text in any script. A word is a run of letters, marks and digits; where a script is written without spaces,
 * a run becomes overlapping pairs of characters; names of program code are split where their case changes, and also kept whole.
 */

/** One word of a text: `text` is normalised (NFKC, lower case), the offsets are those of the original, in UTF-16 units. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Another reading of the words before it: it is looked up, and isn't counted among the words of its chunk. */
  readonly also: boolean;
}

/** A word longer than this is no word of any language: hashes, base64, data. Only its beginning is looked up. */
const WORD_LENGTH_MAX = 64;

const RUN = /[\p{L}\p{M}\p{N}]+/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc\uff70]/u;
const STRETCH = new RegExp(`${UNSPACED.source}+|.`, 'gsu');
const ASCII = /^[\x20-\x7e]*$/;
const HUMP = /\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u;
const HUMPS = /\p{Lu}+(?!\p{Ll})[\p{N}]*|\p{Lu}?[\p{Ll}\p{M}\p{Lo}\p{Lm}]+[\p{N}]*|[\p{N}]+|./gsu;
/** Vowel signs of Hebrew and Arabic, and the stroke that only stretches a word: most writers leave them out. */
const POINTING = /[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;

/**
 * @example wordsOf('The readFile call').map((word) => word.text) // ['the', 'readfile', 'read', 'file', 'call']
 */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const run of text.matchAll(RUN)) addRun(words, run[0], run.index);
  return words;
}

function addRun(words: Word[], run: string, start: number): void {
  if (ASCII.test(run)) addSpaced(words, run, start);
  else if (UNSPACED.test(run)) addMixed(words, run, start);
  else addSpaced(words, run, start);
}

/** A run of several scripts: `2024年報告` is a number and words without spaces. */
function addMixed(words: Word[], run: string, start: number): void {
  let spaced = '';
  let at = 0;
  for (const stretch of run.matchAll(STRETCH)) {
    if (!UNSPACED.test(stretch[0])) {
      spaced += stretch[0];
      continue;
    }
    if (spaced !== '') addSpaced(words, spaced, start + at);
    addPairs(words, stretch[0], start + stretch.index);
    spaced = '';
    at = stretch.index + stretch[0].length;
  }
  if (spaced !== '') addSpaced(words, spaced, start + at);
}

function addSpaced(words: Word[], run: string, start: number): void {
  words.push({ text: normalised(run), start, end: start + run.length, also: false });
  if (!HUMP.test(run) || run.length > WORD_LENGTH_MAX) return;
  const humps = [...run.matchAll(HUMPS)].filter((hump) => hump[0].length > 1);
  if (humps.length < 2) return;
  for (const hump of humps) {
    const from = start + hump.index;
    words.push({ text: normalised(hump[0]), start: from, end: from + hump[0].length, also: true });
  }
}

/** `検索結果` becomes `検索`, `索結`, `結果`; a lone character stays one. */
function addPairs(words: Word[], stretch: string, start: number): void {
  const characters = [...stretch];
  let at = start;
  for (let i = 0; i < Math.max(1, characters.length - 1); i++) {
    const first = characters[i] as string;
    const pair = first + (characters[i + 1] ?? '');
    words.push({ text: normalised(pair), start: at, end: at + pair.length, also: false });
    at += first.length;
  }
}

function normalised(run: string): string {
  const cut = run.length > WORD_LENGTH_MAX ? run.slice(0, WORD_LENGTH_MAX) : run;
  return ASCII.test(cut) ? cut.toLowerCase() : cut.normalize('NFKC').toLowerCase().replace(POINTING, '');
}
