/**
 * The right name for a wrong one: what a compiler or a command line offers as "did you mean". Pure, and the same for
 * genome files and for the CLI.
 */

/** Longer words are never typed by hand; comparing them would only cost time. */
const WORD_LENGTH_MAX = 64;

/**
 * The candidate that the word most likely meant, undefined where none is close. Case counts for nothing; a third of the
 * letters may be wrong, and at least one. Of equally close candidates the first wins.
 *
 * @example nearest('fanot', ['fanout', 'shards']) // 'fanout'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` (did you mean 'fanout'?)`, or nothing where no candidate is close: to be put at the end of a sentence. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : ` (did you mean '${meant}'?)`;
}

/**
 * How many letters must be added, removed, replaced or swapped with their neighbour to make one word of the other
 * (optimal string alignment). Infinity for words of more than 64 letters.
 */
export function editDistance(from: string, to: string): number {
  if (from.length > WORD_LENGTH_MAX || to.length > WORD_LENGTH_MAX) return Number.POSITIVE_INFINITY;
  let twoBack: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      current.push(cheapest(from, to, row, column, { twoBack, previous, current }));
    }
    [twoBack, previous] = [previous, current];
  }
  return previous[to.length] ?? 0;
}

interface Rows {
  readonly twoBack: readonly number[];
  readonly previous: readonly number[];
  readonly current: readonly number[];
}

function cheapest(from: string, to: string, row: number, column: number, rows: Rows): number {
  const same = from[row - 1] === to[column - 1];
  const cost = Math.min(
    at(rows.previous, column) + 1,
    at(rows.current, column - 1) + 1,
    at(rows.previous, column - 1) + (same ? 0 : 1),
  );
  const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
  return row > 1 && column > 1 && swapped ? Math.min(cost, at(rows.twoBack, column - 2) + 1) : cost;
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
