import { describe, expect, it } from 'vitest';
import { MemoryBook, type RowWrite } from '../../../src/organs/ledger/book.ts';
import { brokenBy, brokenOf } from '../../../src/organs/ledger/invariants.ts';
import { pendingKey, pendingOf, type Shell, shellKey, shellOf } from '../../../src/organs/ledger/records.ts';
import { holder, payment, shell, signed } from './bank/people.ts';
import { hold, Money, offer, pendingOfShell } from './money.ts';

/** A sound book, and one row of it spoilt. */
function sound(): MemoryBook {
  const money = new Money('ada', 'bob');
  money.apply(
    signed(money.paying('ada', hold('h', 'bob', 50), offer('o', 'ada', 5, 1), payment('p', shell('bob'), 7))),
  );
  return money.book;
}

function spoilt(
  name: string,
  change: Partial<Shell>,
  more: readonly RowWrite[] = [],
): { book: MemoryBook; writes: RowWrite[] } {
  const book = sound();
  const writes = [{ key: shellKey(shell(name)), value: { ...shellOf(book, shell(name)), ...change } }, ...more];
  return { book, writes };
}

const inBook = ({ book, writes }: ReturnType<typeof spoilt>) => {
  book.commit(writes);
  return brokenOf(book);
};
const inStep = ({ book, writes }: ReturnType<typeof spoilt>) => brokenBy(book, writes);

describe('a state', () => {
  it('that came from orders is sound', () => {
    expect(brokenOf(sound())).toBeUndefined();
    expect(brokenOf(new MemoryBook())).toBeUndefined();
  });

  it('has nothing out of nothing', () => {
    const richer = spoilt('bob', { creditsPosted: '1008' });
    expect(inStep(richer)).toMatch(/^1 of asset .* out of nothing$/);
    expect(inBook(richer)).toMatch(/does not add up: 1$/);
    expect(inStep(spoilt('bob', { creditsPosted: '1006' }))).toMatch(/^-1 of asset/);
  });

  it('has no shell that has spent more than it has, what is reserved included', () => {
    const mint = { key: shellKey(shell('mint')), value: { ...shellOf(sound(), shell('mint')), creditsPosted: '939' } };
    const poor = spoilt('ada', { debitsPosted: '946' }, [mint]);
    expect(inStep(poor)).toBe(`${shell('ada')} has spent 1 more than it has`);
    expect(inBook(spoilt('ada', { debitsPosted: '946' }, [mint]))).toBe(`${shell('ada')} has spent 1 more than it has`);
    const just = { ...mint, value: { ...mint.value, creditsPosted: '938' } };
    expect(inStep(spoilt('ada', { debitsPosted: '945' }, [just]))).toBeUndefined();
  });

  it('lets an issuer go below zero as far as its cap', () => {
    const other = (creditsPosted: string) => [
      { key: shellKey(shell('bob')), value: { ...shellOf(sound(), shell('bob')), creditsPosted } },
    ];
    expect(inStep(spoilt('mint', { debitsPosted: '1000000' }, other('999007')))).toBeUndefined();
    expect(inStep(spoilt('mint', { debitsPosted: '1000001' }, other('999008')))).toBe(
      `${shell('mint')} has spent 1 more than it has`,
    );
  });

  it.each(['creditsPending', 'creditsPosted', 'debitsPending', 'debitsPosted'] as const)(
    'has no negative %s',
    (balance) => {
      expect(inStep(spoilt('bob', { [balance]: '-1' }))).toBe(`${balance} of ${shell('bob')} is negative`);
      expect(inBook(spoilt('bob', { [balance]: '-1' }))).toBe(`${balance} of ${shell('bob')} is negative`);
    },
  );

  it('has as much pending as its open pendings say, on both sides', () => {
    expect(inBook(spoilt('ada', { debitsPending: '54' }))).toBe(
      `debits pending of ${shell('ada')} are not those of its pendings`,
    );
    expect(inBook(spoilt('bob', { creditsPending: '51' }))).toBe(
      `credits pending of ${shell('bob')} are not those of its pendings`,
    );
    expect(inBook(spoilt('ada', { pendings: 3 }))).toBe(`${shell('ada')} miscounts its pendings`);
    const line = pendingOfShell('ada', 'h');
    const closed = { key: pendingKey(line), value: { ...pendingOf(sound(), line), state: 'voided' } as never };
    expect(inBook(spoilt('ada', {}, [closed]))).toBe(`debits pending of ${shell('ada')} are not those of its pendings`);
  });

  it('has no more out than the cap of all issuers', () => {
    const { book } = spoilt('ada', {});
    const asset = `asset/${shell('mint').slice(0, 52)}`;
    const issuers = (cap: string) => ({ ...(book.get(asset) as object), issuers: [{ holder: holder('mint'), cap }] });
    book.commit([{ key: asset, value: issuers('2000') }]);
    expect(brokenOf(book)).toBeUndefined();
    book.commit([{ key: asset, value: issuers('1999') }]);
    expect(brokenOf(book)).toBe(`${shell('mint')} has spent 1 more than it has`);
  });

  it('is not asked of steps that touch no shell', () => {
    expect(
      brokenBy(sound(), [
        { key: 'slot/1', value: 1 },
        { key: 'shell', value: 1 },
      ]),
    ).toBeUndefined();
  });
});
