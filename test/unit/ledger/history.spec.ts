import { describe, expect, it } from 'vitest';
import { type Attempt, flawsOf, type LedgerHistory } from '../../simulation/ledger/ledger-history.ts';

const pay = (
  id: string,
  from: string,
  to: string,
  amount: bigint,
  at: number,
  more: Partial<Attempt> = {},
): Attempt => ({
  id,
  from,
  to,
  amount,
  begunAt: at,
  endedAt: at + 5,
  outcome: 'settled',
  ...more,
});

const end = new Map([
  ['mint', { credits: 0n, debits: 100n }],
  ['alice', { credits: 100n, debits: 30n }],
  ['bob', { credits: 30n, debits: 0n }],
]);

/** The mint pays Alice, she pays Bob; a third payment was refused, of a fourth nobody knows and it did not take place. */
const honest: LedgerHistory = {
  attempts: [
    pay('a', 'mint', 'alice', 100n, 0),
    pay('b', 'alice', 'bob', 30n, 10),
    pay('c', 'alice', 'bob', 500n, 20, { outcome: 'refused' }),
    pay('d', 'bob', 'alice', 7n, 30, { outcome: 'unknown' }),
  ],
  looks: [
    { who: 'alice', begunAt: 6, endedAt: 7, credits: 100n, debits: 0n },
    { who: 'alice', begunAt: 12, endedAt: 13, credits: 100n, debits: 30n },
    { who: 'bob', begunAt: 40, endedAt: 41, credits: 30n, debits: 0n },
  ],
  effects: new Map([
    ['a', 1],
    ['b', 1],
  ]),
  ends: [end, new Map(end)],
  caps: new Map([['mint', 1_000n]]),
};

const looking = (who: string, begunAt: number, credits: bigint, debits: bigint): LedgerHistory => ({
  ...honest,
  looks: [...honest.looks, { who, begunAt, endedAt: begunAt + 1, credits, debits }],
});

const ending = (who: string, credits: bigint, debits: bigint): LedgerHistory => ({
  ...honest,
  ends: [end, new Map([...end, [who, { credits, debits }]])],
});

describe('the checker of histories', () => {
  it('finds nothing wrong with an honest one, whatever became of what nobody knows', () => {
    expect(flawsOf(honest)).toEqual([]);
    const ends = [
      new Map([...end, ['alice', { credits: 107n, debits: 30n }], ['bob', { credits: 30n, debits: 7n }]] as const),
    ];
    expect(flawsOf({ ...honest, effects: new Map([...honest.effects, ['d', 1]]), ends })).toEqual([]);
  });

  it.each<readonly [planted: string, history: LedgerHistory, found: string]>([
    ['a payment twice', { ...honest, effects: new Map([...honest.effects, ['b', 2]]) }, 'b took place 2 times'],
    [
      'a settled payment that is lost',
      { ...honest, effects: new Map([['a', 1]]) },
      'b was settled and did not take place',
    ],
    [
      'a refused one that takes place',
      { ...honest, effects: new Map([...honest.effects, ['c', 1]]) },
      'c was refused and took place',
    ],
    ['one out of nowhere', { ...honest, effects: new Map([...honest.effects, ['x', 1]]) }, 'nobody wanted it'],
    ['a stale read of a payee', looking('bob', 50, 0n, 0n), 'lacks a payment that was settled before'],
    ['a stale read of a payer', looking('alice', 50, 100n, 0n), 'lacks a debit that was settled before'],
    ['a read of the future', looking('bob', 2, 30n, 0n), 'shows more than anybody has paid'],
    ['a debit that nobody wanted', looking('bob', 50, 30n, 9n), 'shows a debit that nobody wanted'],
    ['an overdraft', looking('alice', 14, 10n, 30n), 'shows less than nothing'],
    ['time that runs backwards', looking('alice', 42, 90n, 30n), 'shows the past'],
    ['a node with another end', ending('bob', 31n, 0n), 'something else than what took place at bob'],
    ['money out of nothing', ending('bob', 31n, 0n), 'ends with 1 out of nothing'],
    ['a node that lacks a shell', { ...honest, ends: [new Map([...end].slice(0, 2))] }, 'lacks a shell'],
  ])('finds %s', (_planted, history, found) => {
    expect(flawsOf(history).join('\n')).toContain(found);
  });
});
