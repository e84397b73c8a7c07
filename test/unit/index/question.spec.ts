import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { spanOf } from '../../../src/organs/index/query/dates.ts';
import { questionOf } from '../../../src/organs/index/query/question.ts';
import { mistakes } from '../../../src/organs/index/query/typos.ts';
import { anyText, NOW } from './library.ts';

const day = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 10);

describe('a question', () => {
  it.each([
    ['the contract about the boat from last spring', 'the contract about the boat', '2026-03-01', '2026-06-01'],
    ['notes stored in March 2025', 'notes', '2025-03-01', '2025-04-01'],
    ['tax forms from 2024', 'tax forms', '2024-01-01', '2025-01-01'],
    ['tax forms before 2024-05-03', 'tax forms', undefined, '2024-05-03'],
    ['plans since last monday', 'plans', '2026-06-08', undefined],
    ['plans after yesterday', 'plans', '2026-06-15', undefined],
    ['what I wrote two weeks ago about dogs', 'what about dogs', '2026-06-01', '2026-06-08'],
    ['invoices from the last 3 months', 'invoices', '2026-03-01', '2026-06-16'],
    ['mail of last december', 'mail of', '2025-12-01', '2026-01-01'],
  ])('%s', (query, about, after, before) => {
    const question = questionOf(query, NOW);
    expect([question.about.replace(/\s+/g, ' '), day(question.filters.after), day(question.filters.before)]).toEqual([
      about,
      after,
      before,
    ]);
  });

  it.each([
    'deaths in 2010 and the years before the war',
    'image processing of spring wheat',
    'table tennis',
    'patients without diabetes but not treated',
    'covid-19 is t-cell mediated',
    'the spring of 1968 in prague',
  ])('%s is all topic', (query) => expect(questionOf(query, NOW)).toEqual({ about: query, filters: {}, without: [] }));

  it('names kinds of files, owners and what it is not', () => {
    expect(questionOf('photos of the harbour -night', NOW)).toMatchObject({
      about: 'of the harbour',
      filters: { types: expect.arrayContaining(['jpg', 'png']) },
      without: ['night'],
    });
    const key = 'a'.repeat(52);
    expect(questionOf(`find me the pdf about tax by ${key}`, NOW).filters).toEqual({ types: ['pdf'], owners: [key] });
  });

  it('is refused beyond its bound', () => {
    expect(questionOf('a'.repeat(LIMITS.queryCharactersMax), NOW).about.length).toBe(LIMITS.queryCharactersMax);
    expect(() => questionOf('a'.repeat(LIMITS.queryCharactersMax + 1), NOW)).toThrow(/at most/);
    expect(() => questionOf('a'.repeat(1_048_576), NOW)).toThrow(/at most/);
  });

  it('is taken apart whatever it is, without hanging', () => {
    fc.assert(fc.property(anyText(300), (query) => typeof questionOf(query, NOW).about === 'string'));
    for (const bomb of [
      'a '.repeat(2_000),
      '-'.repeat(4_000),
      ' the'.repeat(1_000),
      'stored '.repeat(580),
      '"'.repeat(4_000),
      'last '.repeat(800),
    ]) {
      expect(typeof questionOf(bomb, NOW).about).toBe('string');
    }
  });
});

describe('a date', () => {
  it.each([
    ['today', '2026-06-15', '2026-06-16'],
    ['last week', '2026-06-08', '2026-06-15'],
    ['this month', '2026-06-01', '2026-07-01'],
    ['last month', '2026-05-01', '2026-06-01'],
    ['last year', '2025-01-01', '2026-01-01'],
    ['last winter', '2025-12-01', '2026-03-01'],
    ['last summer', '2025-06-01', '2025-09-01'],
    ['fall 2023', '2023-09-01', '2023-12-01'],
    ['sept 2023', '2023-09-01', '2023-10-01'],
    ['last sunday', '2026-06-14', '2026-06-15'],
    ['2024-02', '2024-02-01', '2024-03-01'],
  ])('%s', (phrase, from, to) => {
    const span = spanOf(phrase, NOW);
    expect([day(span?.from), day(span?.to)]).toEqual([from, to]);
  });

  it.each(['2024-13', '2024-01-40', 'last boat', 'someday 2020', ''])('%s is none', (phrase) =>
    expect(spanOf(phrase, NOW)).toBeUndefined(),
  );
});

describe('mistakes', () => {
  it.each([
    ['receive', 'recieve', 1],
    ['boat', 'boats', 1],
    ['boat', 'coat', 1],
    ['kitten', 'sitting', 3],
    ['abc', 'abc', 0],
  ])('%s for %s', (a, b, count) => {
    expect(mistakes(a, b, 3)).toBe(count);
    expect(mistakes(b, a, 3)).toBe(count);
  });

  it('are counted no further than is asked', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), fc.nat(3), (a, b, limit) => {
        expect(mistakes(a, b, limit)).toBe(Math.min(mistakes(a, b, 30), limit + 1));
      }),
    );
  });
});
