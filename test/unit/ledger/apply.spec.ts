import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from '../../../src/organs/ledger/apply.ts';
import { Draft, MemoryBook } from '../../../src/organs/ledger/book.ts';
import { brokenBy, brokenOf, supplyOf } from '../../../src/organs/ledger/invariants.ts';
import { assetOf, pendingIdOf } from '../../../src/organs/ledger/names.ts';
import { digestOf, type Order, type Signed, type Void } from '../../../src/organs/ledger/order.ts';
import { decidedOf, incomingOf, outcomeOf, pendingOf, shellOf } from '../../../src/organs/ledger/records.ts';
import { emptySum, rootOf, type StateSum, sumAfter, sumOfBook } from '../../../src/organs/ledger/root.ts';
import {
  FIRST,
  holder,
  legOf,
  payment,
  resolution,
  shell,
  signed,
  signerOf,
  silver,
  take,
  trade,
  transfer,
} from './bank/people.ts';
import { EVIDENCE, hold, Money, offer, pendingOfShell } from './money.ts';

const balances = (money: Money, name: string, asset?: typeof silver) => {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = shellOf(money.book, shell(name, asset));
  return [debitsPending, debitsPosted, creditsPending, creditsPosted].map(Number);
};

describe('a transfer', () => {
  it('moves what it says, and the line on', () => {
    const money = new Money('ada', 'bob');
    const order = signed(money.paying('ada', payment('a', shell('bob'), 30), payment('b', shell('eve'), 12)));
    money.apply(order);
    expect(balances(money, 'ada')).toEqual([0, 42, 0, 1_000]);
    expect(balances(money, 'bob')).toEqual([0, 0, 0, 1_030]);
    expect(balances(money, 'eve')).toEqual([0, 0, 0, 12]);
    const value = digestOf(order.body);
    expect(shellOf(money.book, shell('ada'))).toMatchObject({ sequence: 1, head: value, pendings: 0 });
    expect(shellOf(money.book, shell('bob'))).toMatchObject({ sequence: 0 });
    const slot = { line: shell('ada'), sequence: 1 };
    expect(outcomeOf(money.book, slot)).toEqual({ value, home: slot });
    expect(decidedOf(money.book, value)).toEqual({ signed: order, evidence: EVIDENCE });
    expect(incomingOf(money.book, shell('eve'))).toEqual([value]);
    expect(incomingOf(money.book, shell('ada'))).not.toContain(value);
  });

  it('waits for the slot before, for its place in the chain and for its funds', () => {
    const money = new Money('ada');
    const later = (more: object) =>
      signed(transfer({ ...legOf('ada', money.next(shell('ada')), [payment('a', shell('bob'), 1_001)]), ...more }));
    expect(money.tryApply(later({ sequence: 2 }))).toEqual({ code: 'gap', leg: 0 });
    expect(money.tryApply(later({ previous: 'f'.repeat(64) }))).toEqual({ code: 'fork', leg: 0 });
    expect(money.tryApply(later({}))).toMatchObject({ code: 'insufficient' });
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
    money.apply(signed(transfer(legOf('mint', money.next(shell('mint')), [payment('more', shell('ada'), 1)]))));
    money.apply(later({}));
    expect(balances(money, 'ada')).toEqual([0, 1_001, 0, 1_001]);
  });

  it('is applied once', () => {
    const money = new Money('ada');
    const order = signed(money.paying('ada', payment('a', shell('bob'), 1)));
    money.apply(order);
    expect(money.tryApply(order)?.code).toBe('gap');
    const again = signed(money.paying('ada', payment('a', shell('bob'), 1)));
    expect(money.tryApply(again)?.code).toBe('exists');
  });

  it('that breaks a rule of money is never applied, whoever has decided it', () => {
    const money = new Money('ada');
    for (const entry of [
      payment('a', shell('bob'), 0),
      payment('a', shell('ada'), 1),
      payment('a', shell('bob', silver), 1),
    ]) {
      expect(money.tryApply(signed(money.paying('ada', entry)))).toBeDefined();
    }
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
  });
});

describe('a void', () => {
  it('takes the slot, and nothing else', () => {
    const money = new Money('ada');
    const { v, ledger, committee } = money.paying('ada');
    const place = money.next(shell('ada'));
    const body: Void = { v, kind: 'void', ledger, committee, legs: [place] };
    money.apply({ body, signatures: [] });
    expect(shellOf(money.book, shell('ada'))).toMatchObject({ sequence: 1, head: digestOf(body) });
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
  });
});

describe('a trade', () => {
  it('takes both slots and moves both sides, or neither', () => {
    const money = new Money('ada', 'bob');
    const of = (sequence: number) =>
      trade(
        legOf('ada', money.next(shell('ada')), [payment('a', shell('bob'), 3)]),
        legOf('bob', { ...money.next(shell('bob', silver)), sequence }, [payment('b', shell('ada', silver), 4)], {
          asset: silver,
        }),
      );
    expect(money.tryApply(signed(of(2)))).toMatchObject({ code: 'gap' });
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
    const order = signed(of(1));
    money.apply(order);
    expect(balances(money, 'ada')).toEqual([0, 3, 0, 1_000]);
    expect(balances(money, 'bob')).toEqual([0, 0, 0, 1_003]);
    expect(balances(money, 'bob', silver)).toEqual([0, 4, 0, 1_000]);
    expect(balances(money, 'ada', silver)).toEqual([0, 0, 0, 1_004]);
    const value = digestOf(order.body);
    const home = { line: order.body.legs[0].line, sequence: 1 };
    for (const { line } of order.body.legs) {
      expect(shellOf(money.book, line)).toMatchObject({ sequence: 1, head: value });
      expect(outcomeOf(money.book, { line, sequence: 1 })).toEqual({ value, home });
    }
  });
});

describe('a hold', () => {
  const reserved = () => {
    const money = new Money('ada', 'bob');
    const order = signed(money.paying('ada', hold('h', 'bob', 50, { expiresAt: 10, void: [holder('ada')] })));
    money.apply(order);
    return { money, value: digestOf(order.body), line: pendingOfShell('ada', 'h') };
  };
  const ended = (action: 'post' | 'void' | 'expire', more: object = {}) => {
    const { money, line } = reserved();
    const by = { post: signerOf('bob').spki, void: signerOf('ada').spki, expire: null }[action];
    const order = signed(resolution({ ...money.next(line), line, action, by, ...more }));
    money.apply(order);
    return { money, line, value: digestOf(order.body) };
  };

  it('reserves on both sides', () => {
    const { money, value, line } = reserved();
    expect(balances(money, 'ada')).toEqual([50, 0, 0, 1_000]);
    expect(balances(money, 'bob')).toEqual([0, 0, 50, 1_000]);
    expect(shellOf(money.book, shell('ada')).pendings).toBe(1);
    expect(pendingOf(money.book, line)).toMatchObject({
      shell: shell('ada'),
      sequence: 0,
      head: value,
      state: 'open',
      transferred: '0',
    });
  });

  it('posts what is posted and releases the rest', () => {
    const { money, line, value } = ended('post', { amount: '20' });
    expect(balances(money, 'ada')).toEqual([0, 20, 0, 1_000]);
    expect(balances(money, 'bob')).toEqual([0, 0, 0, 1_020]);
    expect(shellOf(money.book, shell('ada'))).toMatchObject({ pendings: 0, sequence: 1 });
    expect(pendingOf(money.book, line)).toMatchObject({ state: 'posted', transferred: '20', sequence: 1, head: value });
    expect(incomingOf(money.book, shell('ada'))).toContain(value);
    expect(incomingOf(money.book, shell('bob'))).toContain(value);
  });

  it.each([
    ['void', 'voided'],
    ['expire', 'expired'],
  ] as const)('by %s gives all of it back', (action, state) => {
    const { money, line } = ended(action);
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
    expect(balances(money, 'bob')).toEqual([0, 0, 0, 1_000]);
    expect(pendingOf(money.book, line)).toMatchObject({ state, transferred: '0' });
  });

  it('that is resolved before it is known waits', () => {
    const { money: other, line } = reserved();
    const post = signed(
      resolution({ ...other.next(line), line, action: 'post', amount: '50', by: signerOf('bob').spki }),
    );
    expect(new Money('ada', 'bob').tryApply(post)).toEqual({ code: 'gap', leg: 0 });
  });
});

describe('an offer', () => {
  it('is reserved for nobody, and paid for when it is taken', () => {
    const money = new Money('ada', 'bob');
    money.apply(signed(money.paying('ada', offer('o', 'ada', 50, 7))));
    expect(balances(money, 'ada')).toEqual([50, 0, 0, 1_000]);
    const line = pendingOfShell('ada', 'o');
    const leg = legOf('bob', money.next(shell('bob', silver)), [payment('t', shell('ada', silver), 7)], {
      asset: silver,
    });
    const order = signed(take({ ...money.next(line), line }, shell('eve'), leg));
    money.apply(order);
    expect(balances(money, 'ada')).toEqual([0, 50, 0, 1_000]);
    expect(balances(money, 'eve')).toEqual([0, 0, 0, 50]);
    expect(balances(money, 'bob', silver)).toEqual([0, 7, 0, 1_000]);
    expect(balances(money, 'ada', silver)).toEqual([0, 0, 0, 1_007]);
    expect(pendingOf(money.book, line)).toMatchObject({ state: 'taken', transferred: '50', sequence: 1 });
    expect(shellOf(money.book, shell('bob', silver))).toMatchObject({ sequence: 1, head: digestOf(order.body) });
    expect(incomingOf(money.book, shell('ada'))).toContain(digestOf(order.body));
  });

  it('that is cancelled is released', () => {
    const money = new Money('ada');
    money.apply(signed(money.paying('ada', offer('o', 'ada', 50, 7))));
    const line = pendingOfShell('ada', 'o');
    money.apply(signed(resolution({ ...money.next(line), line, action: 'void', by: signerOf('ada').spki })));
    expect(balances(money, 'ada')).toEqual([0, 0, 0, 1_000]);
  });
});

describe('the state', () => {
  /** A chain of orders that hang on each other in every way there is. */
  function history(): { orders: Signed<Order>[]; book: MemoryBook } {
    const money = new Money('ada', 'bob');
    const orders: Signed<Order>[] = [];
    const pass = (order: Order) => {
      orders.push(signed(order));
      money.apply(signed(order));
    };
    pass(money.paying('ada', payment('a1', shell('eve'), 700), hold('h', 'bob', 300)));
    pass(transfer(legOf('eve', money.next(shell('eve')), [payment('e1', shell('bob'), 650)])));
    pass(money.paying('bob', payment('b1', shell('ada'), 1_600)));
    const line = pendingIdOf(shell('ada'), 'h');
    pass(resolution({ ...money.next(line), line, action: 'post', amount: '200', by: signerOf('bob').spki }));
    pass(money.paying('ada', offer('o', 'ada', 1_700, 5)));
    pass(
      trade(
        legOf('bob', money.next(shell('bob')), [payment('b2', shell('eve'), 250)]),
        legOf('ada', money.next(shell('ada', silver)), [payment('a2', shell('bob', silver), 9)], { asset: silver }),
      ),
    );
    const taken = pendingIdOf(shell('ada'), 'o');
    const leg = legOf('bob', money.next(shell('bob', silver)), [payment('b3', shell('ada', silver), 5)], {
      asset: silver,
    });
    pass(take({ ...money.next(taken), line: taken }, shell('eve'), leg));
    return { orders, book: money.book };
  }

  const { orders, book: last } = history();
  const opening = new Money('ada', 'bob').book;

  /** Applies whatever can be, again and again, in the order given. */
  function replay(order: readonly Signed<Order>[]): { book: MemoryBook; sum: StateSum } {
    const book = new MemoryBook(opening.range(''));
    let sum = sumOfBook(book);
    let left = [...order];
    for (let before = -1; left.length !== before; ) {
      before = left.length;
      left = left.filter((one) => {
        const draft = new Draft(book);
        const missing = apply(draft, one, EVIDENCE);
        expect(brokenBy(book, draft.writes())).toBeUndefined();
        sum = sumAfter(sum, book, draft.writes());
        book.commit(draft.writes());
        return missing !== undefined;
      });
    }
    expect(left).toEqual([]);
    return { book, sum };
  }

  it('does not depend on the order in which outcomes arrive, and adds up after each', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(orders, { minLength: orders.length }), (shuffled) => {
        const { book, sum } = replay(shuffled);
        expect(rootOf(sum)).toBe(rootOf(sumOfBook(last)));
        expect(rootOf(sum)).toBe(rootOf(sumOfBook(book)));
        expect(brokenOf(book)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('has another root after every outcome', () => {
    const roots = orders.map((_, count) => {
      const book = new MemoryBook(opening.range(''));
      for (const order of orders.slice(0, count)) {
        const draft = new Draft(book);
        apply(draft, order, EVIDENCE);
        book.commit(draft.writes());
      }
      return rootOf(sumOfBook(book));
    });
    expect(new Set(roots).size).toBe(orders.length);
  });

  it('has a root that was written down, so that nodes of all ages agree', () => {
    expect(rootOf(emptySum())).toBe('1250dea44119cd265263e6bb8d127af522cb17445f0d1373ee1fc8bb405eb24e');
    const book = new MemoryBook([
      ['shell/a', { sequence: 1 }],
      ['asset/b', 'x'],
      ['slot/1', 'not of the state'],
    ]);
    // Computed by another program from what docs/ledger.md says.
    expect(rootOf(sumOfBook(book))).toBe('2ad5d25e581a9ba5189a18c7cd79142be45beb53fd2d91d52f31151114d4058b');
  });

  it('forgets a row that goes, as if it had never been', () => {
    const book = new MemoryBook([['shell/a', { sequence: 1 }]]);
    const writes = [
      { key: 'shell/b', value: 1 },
      { key: 'shell/a', value: undefined },
      { key: 'slot/1', value: 2 },
    ];
    const sum = sumAfter(sumOfBook(book), book, writes);
    book.commit(writes);
    expect(rootOf(sum)).toBe(rootOf(sumOfBook(book)));
    expect(rootOf(sum)).not.toBe(rootOf(emptySum()));
    const back = [{ key: 'shell/b', value: undefined }];
    expect(rootOf(sumAfter(sum, book, back))).toBe(rootOf(emptySum()));
    expect(sumAfter(sum, book, [{ key: 'slot/2', value: 1 }])).toBe(sum);
  });

  it('tells what is out of an asset', () => {
    const money = new Money('ada', 'bob');
    expect(supplyOf(money.book, assetOf(shell('mint')))).toBe(2_000n);
    money.apply(signed(money.paying('ada', payment('back', shell('mint'), 300))));
    expect(supplyOf(money.book, assetOf(shell('mint')))).toBe(1_700n);
    expect(supplyOf(money.book, assetOf(shell('mint', { ...silver, name: 'other' })))).toBe(0n);
    expect(FIRST.sequence).toBe(1);
  });
});
