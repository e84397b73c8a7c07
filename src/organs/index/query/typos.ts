import type { Vocabulary } from '../store/vocabulary.ts';
import type { Alternative } from './plan.ts';
import { type Near, nearest } from './statistics.ts';

/** A word must be so long for one mistake in it, and for two; in shorter ones another word is as likely. */
const LENGTH_FOR_ONE = 4;
const LENGTH_FOR_TWO = 8;

/** Terms of files that the word may have been meant for, the nearest and most frequent ones where there are too many. */
export function nearTerms(
  vocabulary: Vocabulary,
  word: string,
  alternatives: readonly Alternative[],
): { readonly [term: string]: Near } {
  const allowed = word.length >= LENGTH_FOR_TWO ? 2 : word.length >= LENGTH_FOR_ONE ? 1 : 0;
  if (allowed === 0 || /^\p{N}+$/u.test(word)) return {};
  const found = new Map<string, Near>();
  for (const wanted of new Set(alternatives.map(({ term }) => term))) {
    for (const number of vocabulary.similar(wanted, allowed)) {
      const term = vocabulary.term(number);
      const distance = mistakes(wanted, term, Math.min(allowed, found.get(term)?.distance ?? allowed));
      if (distance <= allowed && distance < (found.get(term)?.distance ?? allowed + 1)) {
        found.set(term, { files: vocabulary.files(number), distance });
      }
    }
  }
  return nearest(Object.fromEntries(found));
}

/**
 * Letters left out, added, changed or swapped with their neighbour, counted up to `limit`; more than that is `limit + 1`.
 *
 * @example mistakes('recieve', 'receive', 2) // 1
 */
export function mistakes(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (last[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, (before[j - 2] as number) + 1);
      row.push(best);
      least = Math.min(least, best);
    }
    if (least > limit) return limit + 1;
    before = last;
    last = row;
  }
  return Math.min(last[b.length] as number, limit + 1);
}
