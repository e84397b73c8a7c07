import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import {
  type Archive,
  archive,
  archived,
  EMPTY_ARCHIVE,
  findNewest,
  type Kept,
} from '../../../src/organs/broadcast/archive.ts';
import { type Book, EMPTY_BOOK, enter, lookUp, strike, valuesOf } from '../../../src/organs/broadcast/book.ts';
import { nodeName } from '../../stage/organism.ts';

describe('a book', () => {
  const names = Array.from({ length: 40 }, (_, index) => `${nodeName(index)}/${index % 3}`);
  const change = fc.record({ name: fc.constantFrom(...names, '', 'x'), value: fc.option(fc.nat(9)) });

  it('says of every name what was entered last, as a map does, and leaves earlier copies as they were', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        let book: Book<number> = EMPTY_BOOK;
        const map = new Map<string, number>();
        for (const { name, value } of changes) {
          const before = [...valuesOf(book)].sort();
          const next = value === null ? strike(book, name) : enter(book, name, value);
          expect([...valuesOf(book)].sort()).toEqual(before);
          book = next;
          if (value === null) map.delete(name);
          else map.set(name, value);
        }
        for (const name of names) expect(lookUp(book, name)).toBe(map.get(name));
        expect(book.size).toBe(map.size);
        expect([...valuesOf(book)].sort()).toEqual([...map.values()].sort());
      }),
      { numRuns: 50 },
    );
  });
});

describe('an archive', () => {
  const keptOf = (id: number, bytes = 1, bornAt = 0): Kept => ({
    message: { id: String(id) } as Kept['message'],
    bytes,
    bornAt,
    towards: null,
  });
  const idsIn = (all: Archive): number[] => [...archived(all)].map(({ message }) => Number(message.id));
  const filled = (count: number, bytes = 1): Archive => {
    let all = EMPTY_ARCHIVE;
    for (let id = 1; id <= count; id++) all = archive(all, keptOf(id, bytes), 0);
    return all;
  };

  it('keeps the last messages in the order of their arrival: as many as the limit, and not one more', () => {
    expect(idsIn(filled(200))).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    const beyond = filled(LIMITS.broadcastRetained + 70);
    expect(beyond.count).toBe(LIMITS.broadcastRetained);
    expect(idsIn(beyond)[0]).toBe(71);
    expect(idsIn(beyond)).toHaveLength(LIMITS.broadcastRetained);
  });

  it('keeps no more bytes than the limit', () => {
    const quarter = LIMITS.broadcastRetainedBytes / 4;
    expect(idsIn(filled(4, quarter))).toEqual([1, 2, 3, 4]);
    expect(idsIn(filled(5, quarter))).toEqual([2, 3, 4, 5]);
  });

  it('lets go what is too old, and no sooner', () => {
    const two = filled(2);
    expect(idsIn(archive(two, keptOf(3), LIMITS.broadcastExpiryMs - 1))).toEqual([1, 2, 3]);
    expect(idsIn(archive(two, keptOf(3, 1, LIMITS.broadcastExpiryMs), LIMITS.broadcastExpiryMs))).toEqual([3]);
  });

  it('finds the newest that fits', () => {
    const all = filled(150);
    expect(findNewest(all, ({ message }) => Number(message.id) < 100)?.message.id).toBe('99');
    expect(findNewest(all, () => false)).toBeUndefined();
  });
});
