import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Entry } from '../../../src/organs/ledger/order.ts';
import {
  assetOfIssuers,
  FIRST,
  gold,
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
import { hold, Money, offer, pendingOfShell } from './money.ts';

const bob = shell('bob');

describe('a transfer', () => {
  const money = new Money('ada', 'bob');

  it('may pay all that the shell has, and not one more', () => {
    expect(money.code(money.paying('ada', payment('a', bob, 1_000)))).toBe('ok');
    expect(money.judge(money.paying('ada', payment('a', bob, 1_001)))).toEqual({
      code: 'insufficient',
      leg: 0,
      known: { available: '1000', sequence: 0 },
    });
  });

  it('counts linked entries together: all or none', () => {
    expect(money.code(money.paying('ada', payment('a', bob, 600), payment('b', bob, 400)))).toBe('ok');
    expect(money.code(money.paying('ada', payment('a', bob, 600), payment('b', bob, 401)))).toBe('insufficient');
    const found = money.judge(money.paying('ada', payment('a', bob, 1), payment('b', bob, 0)));
    expect(found).toEqual({ code: 'amount_must_not_be_zero', leg: 0, entry: 1 });
  });

  it('can not be made to overflow', () => {
    const most = 2n ** 128n - 1n;
    expect(money.code(money.paying('ada', payment('a', bob, most), payment('b', bob, most)))).toBe('insufficient');
  });

  it.each<[string, string, Entry]>([
    ['nothing', 'amount_must_not_be_zero', payment('a', bob, 0)],
    ['itself', 'shells_must_be_different', payment('a', shell('ada'), 1)],
    ['a shell of another asset', 'assets_must_be_the_same', payment('a', shell('bob', silver), 1)],
    ['itself later', 'shells_must_be_different', hold('a', 'ada', 1)],
    ['another asset later', 'assets_must_be_the_same', hold('a', 'bob', 1, { to: shell('bob', silver) })],
    ['nothing later', 'amount_must_not_be_zero', hold('a', 'bob', 0)],
    ['nothing to whoever takes it', 'amount_must_not_be_zero', offer('a', 'ada', 0, 1)],
    ['whoever takes it for nothing', 'amount_must_not_be_zero', offer('a', 'ada', 1, 0)],
  ])('does not pay %s', (_what, code, entry) => {
    expect(money.judge(money.paying('ada', entry))).toEqual({ code, leg: 0, entry: 0 });
  });

  it('reserves no more than there is', () => {
    expect(money.code(money.paying('ada', hold('a', 'bob', 1_000)))).toBe('ok');
    expect(money.code(money.paying('ada', hold('a', 'bob', 1_001)))).toBe('insufficient');
    expect(money.code(money.paying('ada', offer('a', 'ada', 1_000, 1)))).toBe('ok');
    expect(money.code(money.paying('ada', offer('a', 'ada', 1_001, 1)))).toBe('insufficient');
  });

  it('spends neither what is reserved nor what is yet to come', () => {
    const reserved = new Money('ada', 'bob');
    reserved.apply(signed(reserved.paying('ada', hold('a', 'bob', 400))));
    expect(reserved.code(reserved.paying('ada', payment('b', bob, 600)))).toBe('ok');
    expect(reserved.code(reserved.paying('ada', payment('b', bob, 601)))).toBe('insufficient');
    expect(reserved.code(reserved.paying('bob', payment('b', shell('ada'), 1_001)))).toBe('insufficient');
  });
});

describe('an issuer', () => {
  it('pays out of nothing up to its cap, and again what came back', () => {
    const money = new Money('ada');
    const issue = (amount: number, id: string) =>
      transfer(legOf('mint', money.next(shell('mint')), [payment(id, bob, amount)]));
    expect(money.code(issue(999_000, 'a'))).toBe('ok');
    expect(money.code(issue(999_001, 'a'))).toBe('insufficient');
    money.apply(signed(money.paying('ada', payment('back', shell('mint'), 10))));
    expect(money.code(issue(999_010, 'a'))).toBe('ok');
    expect(money.code(issue(999_011, 'a'))).toBe('insufficient');
  });

  it('of a unique item has one to give', () => {
    const money = new Money();
    const painting = assetOfIssuers('painting', { ada: '1' });
    const give = (amount: number) =>
      transfer(legOf('ada', FIRST, [payment('a', shell('bob', painting), amount)], { asset: painting, defines: true }));
    expect(money.code(give(2))).toBe('insufficient');
    money.apply(signed(give(1)));
    const again = transfer(
      legOf('ada', money.next(shell('ada', painting)), [payment('b', shell('eve', painting), 1)], { asset: painting }),
    );
    expect(money.code(again)).toBe('insufficient');
    const onwards = transfer(legOf('bob', FIRST, [payment('c', shell('eve', painting), 1)], { asset: painting }));
    expect(money.code(onwards)).toBe('ok');
  });

  it('has a cap of its own beside other issuers', () => {
    const money = new Money();
    const coin = assetOfIssuers('coin', { ada: '5', bob: '7' });
    const give = (name: string, amount: number) =>
      transfer(legOf(name, FIRST, [payment('a', shell('eve', coin), amount)], { asset: coin, defines: true }));
    expect(money.code(give('ada', 5))).toBe('ok');
    expect(money.code(give('ada', 6))).toBe('insufficient');
    expect(money.code(give('bob', 7))).toBe('ok');
    expect(money.code(give('bob', 8))).toBe('insufficient');
    expect(money.code(give('dan', 1))).toBe('insufficient');
  });

  it('is known by the definition, which is known by its hash', () => {
    const money = new Money();
    const coin = assetOfIssuers('coin', { ada: '5' });
    const leg = legOf('ada', FIRST, [payment('a', shell('eve', coin), 1)], { asset: coin });
    expect(money.judge(transfer(leg))).toEqual({ code: 'unknown_asset', leg: 0 });
    expect(money.judge(transfer({ ...leg, definition: gold }))).toEqual({ code: 'wrong_definition', leg: 0 });
    const richer = { ...coin, issuers: [{ holder: holder('ada'), cap: '6' }] };
    expect(money.code(transfer({ ...leg, definition: richer }))).toBe('wrong_definition');
    expect(money.code(transfer({ ...leg, definition: coin }))).toBe('ok');
    money.apply(signed(transfer({ ...leg, definition: coin })));
    const next = money.next(shell('ada', coin));
    expect(money.code(transfer({ ...leg, ...next, entries: [payment('b', shell('eve', coin), 1)] }))).toBe('ok');
  });
});

describe('an id', () => {
  const money = new Money('ada', 'bob', 'eve');
  const entries = {
    payment: { ...payment('p', bob, 5), memo: 'rent' },
    hold: hold('h', 'bob', 5, { expiresAt: 100 }),
    offer: offer('o', 'ada', 5, 7, { expiresAt: 100 }),
  };
  money.apply(signed(money.paying('ada', ...Object.values(entries))));
  const answer = (entry: Entry) => money.judge(money.paying('ada', payment('new', bob, 1), entry));

  it.each<[string, Entry, string]>([
    ['the same payment', entries.payment, 'exists'],
    ['the same hold', entries.hold, 'exists'],
    ['the same offer', entries.offer, 'exists'],
    ['a hold where it was a payment', hold('p', 'bob', 5), 'exists_with_different_kind'],
    ['a payment where it was an offer', payment('o', bob, 5), 'exists_with_different_kind'],
    ['another payee', payment('p', shell('eve'), 5), 'exists_with_different_to'],
    ['another amount', payment('p', bob, 6), 'exists_with_different_amount'],
    ['another memo', { ...entries.payment, memo: 'food' }, 'exists_with_different_memo'],
    ['no memo', payment('p', bob, 5), 'exists_with_different_memo'],
    ['another expiry', { ...entries.hold, expiresAt: 101 }, 'exists_with_different_expiry'],
    ['no expiry', { ...entries.offer, expiresAt: null }, 'exists_with_different_expiry'],
    ['another payee of a hold', { ...entries.hold, to: shell('eve') }, 'exists_with_different_to'],
    ['others who may post', { ...entries.hold, post: [holder('eve')] }, 'exists_with_different_terms'],
    ['others who may void', { ...entries.hold, void: [] }, 'exists_with_different_terms'],
    ['another amount on offer', { ...entries.offer, amount: '6' }, 'exists_with_different_amount'],
    ['another price', offer('o', 'ada', 5, 8, { expiresAt: 100 }), 'exists_with_different_terms'],
    [
      'another shell to be paid',
      { ...entries.offer, price: { to: shell('eve', silver), amount: '7' } },
      'exists_with_different_terms',
    ],
    ['others who may take', { ...entries.offer, takers: [holder('bob')] }, 'exists_with_different_terms'],
    ['others who may cancel', { ...entries.offer, void: [] }, 'exists_with_different_terms'],
  ])('that took effect is answered for %s', (_what, entry, code) => {
    expect(answer(entry)).toEqual({ code, leg: 0, entry: 1, known: { sequence: 1 } });
  });

  it('is of one shell', () => {
    expect(money.code(money.paying('bob', payment('p', shell('eve'), 5)))).toBe('ok');
  });

  it('of a voided slot may be used again', () => {
    const place = money.next(shell('bob'));
    const { v, ledger, committee } = money.paying('bob', payment('again', shell('eve'), 1));
    money.apply({ body: { v, kind: 'void', ledger, committee, legs: [place] }, signatures: [] });
    expect(money.code(money.paying('bob', payment('again', shell('eve'), 1)))).toBe('ok');
  });
});

describe('pendings of a shell', () => {
  it('are bounded', () => {
    const money = new Money('ada', 'bob');
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => hold(`h${from + at}`, 'bob', 1));
    const rest = LIMITS.ledgerPendingsMax % LIMITS.ledgerEntriesMax;
    expect(rest).toBe(0);
    // Rich enough, so that only the bound stops it.
    money.apply(signed(transfer(legOf('mint', money.next(shell('mint')), [payment('more', shell('ada'), 10_000)]))));
    for (let from = 0; from < LIMITS.ledgerPendingsMax - LIMITS.ledgerEntriesMax; from += LIMITS.ledgerEntriesMax) {
      money.apply(signed(money.paying('ada', ...many(from, LIMITS.ledgerEntriesMax))));
    }
    const last = LIMITS.ledgerPendingsMax - LIMITS.ledgerEntriesMax;
    expect(money.code(money.paying('ada', ...many(last, LIMITS.ledgerEntriesMax)))).toBe('ok');
    money.apply(signed(money.paying('ada', ...many(last, LIMITS.ledgerEntriesMax))));
    expect(money.judge(money.paying('ada', hold('one-more', 'bob', 1)))).toEqual({ code: 'too_many_pendings', leg: 0 });
    expect(money.code(money.paying('ada', offer('one-more', 'ada', 1, 1)))).toBe('too_many_pendings');
    expect(money.code(money.paying('ada', payment('paid', bob, 1)))).toBe('ok');
    const line = pendingOfShell('ada', 'h0');
    money.apply(signed(resolution({ ...money.next(line), line, action: 'void', by: signerOf('bob').spki })));
    expect(money.code(money.paying('ada', hold('one-more', 'bob', 1)))).toBe('ok');
  });
});

describe('a hold', () => {
  const money = new Money('ada', 'bob');
  money.apply(
    signed(money.paying('ada', hold('h', 'bob', 50, { expiresAt: 100, post: [holder('bob')], void: [holder('ada')] }))),
  );
  const line = pendingOfShell('ada', 'h');
  const place = { ...money.next(line), line };
  const post = (amount: string, name = 'bob') =>
    resolution({ ...place, action: 'post', amount, by: signerOf(name).spki });

  it('is posted by whom it names, in whole or in part', () => {
    expect(money.code(post('50'))).toBe('ok');
    expect(money.code(post('1'))).toBe('ok');
    expect(money.judge(post('51'))).toEqual({ code: 'exceeds_pending_amount', leg: 0 });
    expect(money.judge(post('0'))).toEqual({ code: 'amount_must_not_be_zero', leg: 0 });
    expect(money.judge(post('50', 'ada'))).toEqual({ code: 'not_entitled', leg: 0 });
  });

  it('is posted before its time is over and expires after it, by the clock of who is asked', () => {
    const expiry = resolution({ ...place, action: 'expire', by: null });
    expect(money.code(post('50'), 99)).toBe('ok');
    expect(money.judge(post('50'), 100)).toEqual({ code: 'too_late', leg: 0 });
    expect(money.judge(expiry, 99)).toEqual({ code: 'too_early', leg: 0 });
    expect(money.code(expiry, 100)).toBe('ok');
  });

  it('is voided by whom it names, whatever the time', () => {
    const voids = (name: string) => resolution({ ...place, action: 'void', by: signerOf(name).spki });
    expect(money.code(voids('ada'), 99)).toBe('ok');
    expect(money.code(voids('ada'), 101)).toBe('ok');
    expect(money.judge(voids('bob'), 0)).toEqual({ code: 'not_entitled', leg: 0 });
  });

  it('is not taken', () => {
    const leg = legOf('bob', money.next(shell('bob', silver)), [payment('a', shell('ada', silver), 1)], {
      asset: silver,
    });
    expect(money.judge(take(place, shell('bob'), leg))).toEqual({ code: 'pending_is_no_offer', leg: 0 });
  });

  it('that nobody has made is unknown', () => {
    const other = { ...place, line: pendingOfShell('ada', 'other') };
    expect(money.judge(resolution({ ...other, action: 'expire', by: null }))).toEqual({
      code: 'unknown_pending',
      leg: 0,
    });
    const leg = legOf('bob', money.next(shell('bob', silver)), [payment('a', shell('ada', silver), 1)], {
      asset: silver,
    });
    expect(money.judge(take(other, shell('bob'), leg))).toEqual({ code: 'unknown_pending', leg: 0 });
  });

  it('without an expiry never expires', () => {
    const free = new Money('ada', 'bob');
    free.apply(signed(free.paying('ada', hold('h', 'bob', 1))));
    const expiry = resolution({ ...free.next(line), line, action: 'expire', by: null });
    expect(free.code(expiry, Number.MAX_SAFE_INTEGER)).toBe('too_early');
  });

  it.each(['post', 'void', 'expire'] as const)('that has ended by %s does not end again', (action) => {
    const ended = new Money('ada', 'bob');
    const both = { post: [holder('bob')], void: [holder('bob')], expiresAt: 0 };
    ended.apply(signed(ended.paying('ada', hold('h', 'bob', 50, both))));
    const end = (by: string | null, how: 'post' | 'void' | 'expire') =>
      resolution({ ...ended.next(line), line, action: how, by, ...(how === 'post' ? { amount: '20' } : {}) });
    const key = signerOf('bob').spki;
    ended.apply(signed(end(action === 'expire' ? null : key, action)));
    const state = { post: 'posted', void: 'voided', expire: 'expired' }[action];
    for (const [by, how] of [
      [key, 'post'],
      [key, 'void'],
      [null, 'expire'],
    ] as const) {
      expect(ended.judge(end(by, how))).toEqual({ code: `pending_already_${state}`, leg: 0 });
    }
  });
});

describe('an offer', () => {
  const money = new Money('ada', 'bob', 'eve');
  const made = { expiresAt: 100, takers: [holder('bob')] };
  money.apply(signed(money.paying('ada', offer('o', 'ada', 50, 7, made), offer('open', 'ada', 1, 1))));
  const line = pendingOfShell('ada', 'o');
  const taking = (options: { name?: string; amount?: number; to?: string; receives?: string; line?: string } = {}) => {
    const { name = 'bob', amount = 7, to = shell('ada', silver), receives = shell(name) } = options;
    const leg = legOf(name, money.next(shell(name, silver)), [payment('t', to, amount)], { asset: silver });
    return take({ ...money.next(options.line ?? line), line: options.line ?? line }, receives, leg);
  };

  it('is taken as a whole, for its price, by whom it names', () => {
    expect(money.code(taking())).toBe('ok');
    expect(money.judge(taking({ amount: 6 }))).toEqual({ code: 'price_not_met', leg: 1, entry: 0 });
    expect(money.code(taking({ amount: 8 }))).toBe('price_not_met');
    expect(money.code(taking({ to: shell('eve', silver) }))).toBe('price_not_met');
    expect(money.judge(taking({ name: 'eve' }))).toEqual({ code: 'not_entitled', leg: 1 });
    expect(money.code(taking({ name: 'eve', amount: 1, line: pendingOfShell('ada', 'open') }))).toBe('ok');
  });

  it('goes to a shell of what is offered, and not back', () => {
    expect(money.judge(taking({ receives: shell('ada') }))).toEqual({ code: 'shells_must_be_different', leg: 0 });
    expect(money.judge(taking({ receives: shell('bob', silver) }))).toEqual({
      code: 'assets_must_be_the_same',
      leg: 0,
    });
    expect(money.code(taking({ receives: shell('eve') }))).toBe('ok');
  });

  it('is taken before its time is over', () => {
    expect(money.code(taking(), 99)).toBe('ok');
    expect(money.judge(taking(), 100)).toEqual({ code: 'too_late', leg: 0 });
  });

  it('is taken by who can pay', () => {
    const dear = new Money('ada', 'bob');
    dear.apply(signed(dear.paying('ada', offer('o', 'ada', 1, 1_001))));
    const leg = legOf('bob', dear.next(shell('bob', silver)), [payment('t', shell('ada', silver), 1_001)], {
      asset: silver,
    });
    expect(dear.judge(take({ ...dear.next(line), line }, shell('bob'), leg))).toMatchObject({
      code: 'insufficient',
      leg: 1,
    });
  });

  it('is not posted, and voided by its maker', () => {
    const place = { ...money.next(line), line };
    const post = resolution({ ...place, action: 'post', amount: '1', by: signerOf('ada').spki });
    expect(money.judge(post)).toEqual({ code: 'pending_is_an_offer', leg: 0 });
    expect(money.code(resolution({ ...place, action: 'void', by: signerOf('ada').spki }))).toBe('ok');
    expect(money.code(resolution({ ...place, action: 'void', by: signerOf('bob').spki }))).toBe('not_entitled');
  });

  it('that was taken is gone', () => {
    const once = new Money('ada', 'bob', 'eve');
    once.apply(signed(once.paying('ada', offer('o', 'ada', 50, 7))));
    const taken = (name: string) => {
      const leg = legOf(name, once.next(shell(name, silver)), [payment('t', shell('ada', silver), 7)], {
        asset: silver,
      });
      return take({ ...once.next(line), line }, shell(name), leg);
    };
    once.apply(signed(taken('bob')));
    expect(once.judge(taken('eve'))).toEqual({ code: 'pending_already_taken', leg: 0 });
    expect(once.code(resolution({ ...once.next(line), line, action: 'void', by: signerOf('ada').spki }))).toBe(
      'pending_already_taken',
    );
  });
});

describe('a trade', () => {
  it('needs both sides to be in order, and says which is not', () => {
    const money = new Money('ada', 'bob');
    const of = (x: number, y: number) =>
      trade(
        legOf('ada', money.next(shell('ada')), [payment('a', shell('bob'), x)]),
        legOf('bob', money.next(shell('bob', silver)), [payment('b', shell('ada', silver), y)], { asset: silver }),
      );
    expect(money.code(of(1_000, 1_000))).toBe('ok');
    const found = [money.judge(of(1_001, 1)), money.judge(of(1, 1_001))];
    expect(found.map((one) => one?.code)).toEqual(['insufficient', 'insufficient']);
    expect(new Set(found.map((one) => one?.leg))).toEqual(new Set([0, 1]));
  });
});
