/**
 * Texts are cut where they pause: paragraphs first, then sentences, then words. A chunk is what a snippet shows and what
 * an embedder reads, so it has to stand for one thought.
 */

/** Words of a chunk: a chunk is closed at the first pause beyond the lower number, and anyhow at the upper one. */
export const CHUNK_WORDS = { min: 60, max: 100 } as const;

/** Pieces between two pauses; the white space that follows belongs to the piece before it. */
const SENTENCE = /[^\n.!?。！？؟।]+(?:[.!?。！？؟।]+["')\]»”’]*(?=\s|$)\s*|[.!?。！？؟।]|\n\s*|$)|[.!?。！？؟।\n]\s*/gu;
const BLANK_OR_WORD = /\s+|\S+/gu;
/** A script without spaces has words of about two characters. */
const CHARACTERS_PER_WORD_MAX = 12;

/**
 * @example chunksOf('One. Two.') // ['One. Two.']
 */
export function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  let chunk = '';
  let words = 0;
  const close = (): void => {
    const trimmed = chunk.trim();
    if (trimmed !== '') chunks.push(trimmed);
    chunk = '';
    words = 0;
  };
  for (const sentence of sentencesOf(text)) {
    const more = sizeOf(sentence);
    if (words > 0 && words + more > CHUNK_WORDS.max) close();
    chunk += sentence;
    words += more;
    if (words >= CHUNK_WORDS.min && /\n\s*\n\s*$/.test(sentence)) close();
    else if (words >= CHUNK_WORDS.max) close();
  }
  close();
  return chunks;
}

/** Sentences, those that are longer than a chunk cut between words. */
function* sentencesOf(text: string): Generator<string> {
  for (const [sentence] of text.matchAll(SENTENCE)) {
    if (sizeOf(sentence) <= CHUNK_WORDS.max) yield sentence;
    else yield* cut(sentence);
  }
}

function* cut(sentence: string): Generator<string> {
  let piece = '';
  let words = 0;
  for (const [part] of sentence.matchAll(BLANK_OR_WORD)) {
    for (let from = 0; from < part.length; from += CHARACTERS_PER_WORD_MAX * CHUNK_WORDS.max) {
      const slice = part.slice(from, from + CHARACTERS_PER_WORD_MAX * CHUNK_WORDS.max);
      const more = sizeOf(slice);
      if (words > 0 && words + more > CHUNK_WORDS.max) {
        yield piece;
        [piece, words] = ['', 0];
      }
      piece += slice;
      words += more;
    }
  }
  if (piece !== '') yield piece;
}

/** Words by white space; a long run without any counts by its length. */
function sizeOf(text: string): number {
  let words = 0;
  let run = 0;
  for (let i = 0; i <= text.length; i++) {
    const blank = i === text.length || text.charCodeAt(i) <= 32;
    if (!blank) run++;
    else if (run > 0) {
      words += Math.ceil(run / CHARACTERS_PER_WORD_MAX);
      run = 0;
    }
  }
  return words;
}
