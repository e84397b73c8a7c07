import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { conceptsOf } from '../../../src/organs/index/query/plan.ts';
import { statisticsOf } from '../../../src/organs/index/query/statistics.ts';
import { nearTerms } from '../../../src/organs/index/query/typos.ts';
import type { Partition } from '../../../src/organs/index/store/partition.ts';
import { Library } from './library.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** Words that are nothing like each other for a stemmer. */
const word = (number: number): string => `${LETTERS[number % 26]}${LETTERS[Math.floor(number / 26) % 26]}xq${number}zx`;

describe('the bounds of a search', () => {
  it(`are ${LIMITS.queryWordsMax} different words`, () => {
    const words = Array.from({ length: LIMITS.queryWordsMax + 1 }, (_, i) => word(i));
    expect(conceptsOf(words.slice(1).join(' '), ['english'])).toHaveLength(LIMITS.queryWordsMax);
    expect(conceptsOf(words.join(' '), ['english'])).toHaveLength(LIMITS.queryWordsMax);
  });

  it(`are ${LIMITS.typoWordsMax} words for which others are sought`, () => {
    const { partitions } = new Library();
    const shelf = (partitions[0] as Partition).shelf('tissue');
    const near = (count: number): number => {
      const text = Array.from({ length: count }, (_, i) => word(i)).join(' ');
      return Object.keys(statisticsOf([shelf.index], conceptsOf(text, ['english'])).near).length;
    };
    expect([near(LIMITS.typoWordsMax), near(LIMITS.typoWordsMax + 1)]).toEqual([
      LIMITS.typoWordsMax,
      LIMITS.typoWordsMax,
    ]);
  });

  it(`are ${LIMITS.nearTermsMax} terms for one of them`, () => {
    const library = new Library();
    const terms = [...LETTERS].flatMap((letter) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((at) => `bcdfghjk`.slice(0, at) + letter + `bcdfghjk`.slice(at)),
    );
    library.add('a', terms.join(' '));
    const { vocabulary } = (library.partitions[0] as Partition).shelf('tissue').index;
    const found = nearTerms(vocabulary, 'bcdfghjk', [{ term: 'bcdfghjk', weight: 1, because: 'said' }]);
    expect(Object.keys(found).length).toBe(LIMITS.nearTermsMax);
    expect(Object.values(found).every(({ distance }) => distance <= 1)).toBe(true);
  });

  it(`are ${LIMITS.candidatesMax} files of each way of ranking`, async () => {
    const library = new Library();
    for (let i = 0; i <= LIMITS.candidatesMax; i++) library.add(`f${i}`, 'boat');
    expect(await library.ids('boat')).toHaveLength(LIMITS.candidatesMax);
  });
});
