import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBook, type RowWrite } from '../../../src/organs/ledger/book.ts';
import { StoreBook } from '../../../src/organs/ledger/office/rows.ts';
import { Shelf } from '../../stage/shelf.ts';

const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2');
const row = fc.record({ key, value: fc.option(fc.nat(9), { nil: undefined }) }) as fc.Arbitrary<RowWrite>;
/** A step that writes, of which the disk takes some at once: so many of those that wait. */
const step = fc.record({ rows: fc.array(row, { maxLength: 6 }), flushed: fc.nat(3), looks: fc.array(key) });

describe('the rows of a ledger in a store', () => {
  it('are at every moment what the steps have written, flushed or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const shelf = new Shelf();
        const book = new StoreBook(shelf, 'tree');
        const model = new MemoryBook();
        const waiting: { readonly turn: number; readonly rows: readonly RowWrite[] }[] = [];
        for (const [turn, { rows, flushed, looks }] of steps.entries()) {
          for (const one of looks) book.get(one);
          book.take(rows, turn);
          model.commit(rows);
          waiting.push({ turn, rows });
          for (const done of waiting.splice(0, flushed)) {
            await shelf.commit(book.writesOf(done.rows));
            book.kept(done.turn);
          }
          for (const one of ['a/1', 'a/2', 'b/1', 'b/2']) expect(book.get(one)).toEqual(model.get(one));
          expect([...book.range('a/')]).toEqual([...model.range('a/')]);
        }
        for (const { rows, turn } of waiting) {
          await shelf.commit(book.writesOf(rows));
          book.kept(turn);
        }
        expect([...new StoreBook(shelf, 'tree').range('')]).toEqual([...model.range('')]);
        expect([...new StoreBook(shelf, 'other').range('')]).toEqual([]);
      }),
    );
  });

  it('come in pages, after a key', async () => {
    const shelf = new Shelf();
    const book = new StoreBook(shelf, 'tree');
    const rows = ['1', '2', '3'].map((number) => ({ key: `feed/${number}`, value: Number(number) }));
    await shelf.commit(book.writesOf([...rows, { key: 'other/1', value: 9 }]));
    expect(book.page('feed/', undefined, 2)).toEqual([
      ['1', 1],
      ['2', 2],
    ]);
    expect(book.page('feed/', '2', 5)).toEqual([['3', 3]]);
  });
});
