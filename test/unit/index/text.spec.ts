import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, termsOf } from '../../../src/organs/index/text/analysis.ts';
import { CHUNK_WORDS, chunksOf } from '../../../src/organs/index/text/chunks.ts';
import { LANGUAGES, languageOf } from '../../../src/organs/index/text/languages.ts';
import { stemOf } from '../../../src/organs/index/text/stemming.ts';
import { wordsOf } from '../../../src/organs/index/text/words.ts';
import { anyText } from './library.ts';

const texts = (text: string): string[] => wordsOf(text).map((word) => word.text);

describe('words', () => {
  it.each([
    ['plain ones', 'The boat, at 9 knots.', ['the', 'boat', 'at', '9', 'knots']],
    [
      'names of code, whole and in parts',
      'readFile parseHTTPHeader',
      ['readfile', 'read', 'file', 'parsehttpheader', 'parse', 'http', 'header'],
    ],
    ['names with strokes', 'max_old-space.size', ['max', 'old', 'space', 'size']],
    ['compatible forms', 'ﬁle Ｗｉｄｅ ①', ['file', 'wide', '1']],
    ['Chinese as pairs', '检索结果', ['检索', '索结', '结果']],
    ['a lone character', '的 boat', ['的', 'boat']],
    ['Japanese with numbers', '2024年の報告', ['2024', '年の', 'の報', '報告']],
    ['Korean as pairs', '한국어', ['한국', '국어']],
    ['Arabic without its vowel signs', 'كَتَبَ', ['كتب']],
    ['Hebrew without its points', 'שָׁלוֹם', ['שלום']],
    ['nothing', ' .,!\u0000', []],
  ])('are %s', (_what, text, expected) => expect(texts(text)).toEqual(expected));

  it('know where they stand, whatever the text', () => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        for (const word of wordsOf(text)) {
          expect(word.end).toBeGreaterThan(word.start);
          expect(word.end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  it('are as many as the text is long at most, and quickly', () => {
    expect(wordsOf('aB'.repeat(100_000)).length).toBe(1);
    expect(wordsOf('字'.repeat(50_000)).length).toBe(49_999);
  });
});

describe('languages and stems', () => {
  it.each([
    ['english', 'The contract about the boat is with us'],
    ['german', 'Der Vertrag über das Boot liegt bei uns'],
    ['french', 'Le contrat sur le bateau est chez nous'],
    ['spanish', 'El contrato sobre el barco está con nosotros'],
    ['russian', 'Договор на лодку лежит у нас, и это всё'],
    ['arabic', 'عقد القارب معنا'],
    ['english', 'boat contract'],
  ] as const)('%s is told', (language, text) => expect(languageOf(text)).toBe(language));

  it.each([
    ['english', 'connections', 'connected'],
    ['german', 'Verträge', 'Vertrages'],
    ['french', 'bateaux', 'bateau'],
    ['spanish', 'contratos', 'contrato'],
    ['russian', 'договоры', 'договора'],
  ] as const)('%s forms of one word are one term', (language, a, b) => {
    expect(termsOf(a, language)).toEqual(termsOf(b, language));
  });

  it.each(LANGUAGES)('%s has a stemmer that takes any word', (language) => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (word) => typeof stemOf(word.toLowerCase(), language) === 'string'),
      { numRuns: 30 },
    );
  });

  it('leave out what says nothing', () => {
    expect(termsOf('what is the boat', 'english')).toEqual(['boat']);
  });
});

describe('chunks', () => {
  const words = (text: string): number => text.split(/\s+/).filter((word) => word !== '').length;

  it('hold every word of the text once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}[.!?]?\n{0,2}$/), { maxLength: 400 }), (parts) => {
        const text = parts.join(' ');
        const joined = chunksOf(text)
          .join(' ')
          .split(/\s+/)
          .filter((word) => word !== '');
        expect(joined).toEqual(text.split(/\s+/).filter((word) => word !== ''));
      }),
    );
  });

  it(`have at most ${CHUNK_WORDS.max} words, and end where the text pauses`, () => {
    const sentence = `${'word '.repeat(29)}end. `;
    const chunks = chunksOf(sentence.repeat(10));
    expect(chunks.map(words)).toEqual([90, 90, 90, 30]);
    expect(chunks.every((chunk) => chunk.endsWith('end.'))).toBe(true);
    expect(chunksOf('word '.repeat(1000)).map(words)).toEqual(Array(10).fill(100));
  });

  it('cut what never pauses', () => {
    const chunks = chunksOf('x'.repeat(100_000));
    expect(chunks.join('')).toBe('x'.repeat(100_000));
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(1_200);
  });

  it('take their time in proportion to the text', () => {
    expect(chunksOf('. '.repeat(200_000)).length).toBeGreaterThan(0);
    expect(chunksOf('\n'.repeat(500_000))).toEqual([]);
    expect(chunksOf(`a${' '.repeat(500_000)}b`).length).toBeLessThan(3);
  });
});

describe('an analysed text', () => {
  it('begins with what is said about it', () => {
    const { passages, language } = analyse({ about: 'boat.pdf', text: 'Der Vertrag über das Boot.' });
    expect(language).toBe('german');
    expect(passages.map(({ terms }) => terms)).toEqual([
      ['boat', 'pdf'],
      ['vertrag', 'boot'],
    ]);
  });
});
