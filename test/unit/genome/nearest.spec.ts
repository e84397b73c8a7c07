import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../../src/contract/nearest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'D'), maxLength: 8 });

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['fanot', 'fanout', 1],
    ['haed', 'head', 1],
    ['shards', 'files', 5],
    ['kitten', 'sitting', 3],
  ])('of %o and %o is %i', (from, to, distance) => expect(editDistance(from, to)).toBe(distance));

  it('is the same both ways, and zero only between equal words', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('grows by at most one with each letter added, removed or swapped', () => {
    fc.assert(
      fc.property(word, fc.nat(8), fc.constantFrom('x', 'y'), (text, at, letter) => {
        expect(editDistance(text, text.slice(0, at) + letter + text.slice(at))).toBe(1);
        expect(editDistance(text, text.slice(0, at) + text.slice(at + 1))).toBeLessThanOrEqual(1);
        const swapped = text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2);
        expect(editDistance(text, swapped)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is not worked out for words that nobody types', () => {
    expect(editDistance('a'.repeat(64), 'a'.repeat(63))).toBe(1);
    expect(editDistance('a'.repeat(65), 'a'.repeat(64))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the nearest name', () => {
  it('is the closest one, the first of equally close ones', () => {
    expect(nearest('stat', ['status', 'start', 'stat'])).toBe('stat');
    expect(nearest('gat', ['get', 'gap'])).toBe('get');
  });

  it('does not care for case', () => expect(nearest('SHARDTREE', ['shardTree'])).toBe('shardTree'));

  it('is none where a third of the letters is not enough', () => {
    expect(nearest('banana', ['shards', 'files'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('ends a sentence', () => {
    expect(didYouMean('fanot', ['fanout'])).toBe(" (did you mean 'fanout'?)");
    expect(didYouMean('banana', ['fanout'])).toBe('');
  });
});
