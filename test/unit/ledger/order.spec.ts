import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { compareLines, isShellId, pendingIdOf, shellIdOf } from '../../../src/organs/ledger/names.ts';
import {
  digestOf,
  homeOf,
  type Order,
  orderClaim,
  placeIn,
  type Signed,
  shellsOf,
  signersOf,
  voidOf,
} from '../../../src/organs/ledger/order.ts';
import { readSigned } from '../../../src/organs/ledger/read-order.ts';
import { judgeSignatures } from '../../../src/organs/ledger/signatures.ts';
import {
  FIRST,
  gold,
  holder,
  ledger,
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
  verify,
} from './bank/people.ts';

const order = signed(transfer(legOf('ada', FIRST, [payment('a', shell('bob'), 5)])));
const pendingLine = pendingIdOf(shell('ada'), 'hold');
const place = { line: pendingLine, ...FIRST };

/** The same order with one member changed (left out where that is undefined), signed again by its owner or not. */
function changed(path: string, value: unknown, again = true): unknown {
  const body = structuredClone(order.body) as unknown;
  const names = path.split('.');
  const last = names.pop() as string;
  const owner = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], body) as Record<
    string,
    unknown
  >;
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return again ? signed(body as Order) : { ...order, body };
}

const ENTRY = 'legs.0.entries.0';

describe('an order', () => {
  it.each([
    ['a transfer', order],
    [
      'a trade',
      signed(
        trade(
          legOf('ada', FIRST, [payment('a', shell('bob'), 1)]),
          legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver }),
        ),
      ),
    ],
    [
      'a take',
      signed(
        take(place, shell('bob'), legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver })),
      ),
    ],
    ['a post', signed(resolution({ ...place, action: 'post', amount: '1', by: signerOf('bob').spki }))],
    ['a void', signed(resolution({ ...place, action: 'void', by: signerOf('bob').spki }))],
    ['an expiry', signed(resolution({ ...place, action: 'expire', by: null }))],
    [
      'a hold',
      signed(
        transfer(
          legOf('ada', FIRST, [
            { kind: 'hold', id: 'h', to: shell('bob'), amount: '1', expiresAt: null, post: [holder('bob')], void: [] },
          ]),
        ),
      ),
    ],
    [
      'an offer',
      signed(
        transfer(
          legOf('ada', FIRST, [
            {
              kind: 'offer',
              id: 'o',
              amount: '1',
              price: { to: shell('ada', silver), amount: '2' },
              takers: null,
              expiresAt: 7,
              void: [],
            },
          ]),
        ),
      ),
    ],
    ['a definition', signed(transfer(legOf('mint', FIRST, [payment('a', shell('bob'), 1)], { defines: true })))],
  ])('%s is read back as it was written', (_name, made) => {
    const read = readSigned(JSON.parse(JSON.stringify(made)));
    expect(read).toEqual(made);
    expect(judgeSignatures(read as Signed, verify)).toBeUndefined();
    expect(digestOf((read as Signed).body)).toBe(digestOf(made.body));
  });

  it('is the same whatever order its members were written in', () => {
    const backwards = JSON.parse(JSON.stringify(order.body), (_key, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    const read = readSigned({ ...order, body: backwards }) as Signed;
    expect(Object.keys(read.body)).not.toEqual(Object.keys(order.body));
    expect(digestOf(read.body)).toBe(digestOf(order.body));
    expect(judgeSignatures(read, verify)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['an amount that is a number', changed(`${ENTRY}.amount`, 5)],
    ['an amount with an exponent', changed(`${ENTRY}.amount`, '1e3')],
    ['a negative amount', changed(`${ENTRY}.amount`, '-5')],
    ['an amount of 2^128', changed(`${ENTRY}.amount`, String(2n ** 128n))],
    ['a sequence of 0', changed('legs.0.sequence', 0)],
    ['half a sequence', changed('legs.0.sequence', 1.5)],
    ['a sequence beyond what a number tells apart', changed('legs.0.sequence', 2 ** 53)],
    ['a text for a sequence', changed('legs.0.sequence', '1')],
    ['a head in capitals', changed('legs.0.previous', 'A'.repeat(64))],
    ['a member that nobody knows', changed(`${ENTRY}.fee`, '1')],
    ['a member left out', changed(`${ENTRY}.to`, undefined)],
    ['no entries', changed('legs.0.entries', [])],
    [
      'an id twice',
      changed(
        'legs.0.entries',
        [1, 2].map((amount) => payment('a', shell('bob'), amount)),
      ),
    ],
    ['an id that is empty', changed(`${ENTRY}.id`, '')],
    ['an id that is too long', changed(`${ENTRY}.id`, 'x'.repeat(65))],
    ['an id with a space', changed(`${ENTRY}.id`, 'a b')],
    ['an id of other letters', changed(`${ENTRY}.id`, 'é')],
    ['a memo that is too long', changed(`${ENTRY}.memo`, 'x'.repeat(LIMITS.ledgerMemoMax + 1))],
    ['a memo that is no Unicode', changed(`${ENTRY}.memo`, '\ud800')],
    ['another version', changed('v', 2)],
    ['another kind', changed('kind', 'gift')],
    ['committee 0', changed('committee', 0)],
    ['a payee that is no shell', changed(`${ENTRY}.to`, holder('bob'))],
    ['two legs', changed('legs', [order.body.legs[0], order.body.legs[0]])],
    ['a signature too many', { ...order, signatures: [...order.signatures, ...order.signatures] }],
    ['a signature too few', { ...order, signatures: [] }],
    ['a list', [order]],
    ['nothing', null],
  ])('is not one with %s', (_what, value) => {
    expect(readSigned(value)).toBeUndefined();
  });

  it('links as many entries as its bound, and not one more', () => {
    const entries = (count: number) => Array.from({ length: count }, (_, at) => payment(`e${at}`, shell('bob'), 1));
    const of = (count: number) => readSigned(signed(transfer(legOf('ada', FIRST, entries(count)))));
    expect(of(LIMITS.ledgerEntriesMax)).toBeDefined();
    expect(of(LIMITS.ledgerEntriesMax + 1)).toBeUndefined();
  });

  it('names its home slot first', () => {
    const a = legOf('ada', FIRST, [payment('a', shell('bob'), 1)]);
    const b = legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver });
    const body = trade(a, b);
    expect(readSigned(signed(body))).toBeDefined();
    expect(readSigned(signed({ ...body, legs: [body.legs[1], body.legs[0]] }))).toBeUndefined();
    expect(readSigned(signed({ ...body, legs: [body.legs[0], body.legs[0]] }))).toBeUndefined();
    expect(homeOf(body)).toBe(body.legs[0]);
    expect(compareLines(body.legs[0].line, body.legs[1].line)).toBeLessThan(0);
  });

  it('has a take decided in the line of what is taken, whatever the ids', () => {
    expect(compareLines('zz'.padEnd(52, 'z'), shell('ada'))).toBeLessThan(0);
    expect(compareLines(shell('ada'), 'aa'.padEnd(52, 'a'))).toBeGreaterThan(0);
    expect(compareLines(shell('ada'), shell('ada'))).toBe(0);
  });
});

describe('the signature of an order', () => {
  it('is by the holder of the shell, over every member', () => {
    expect(judgeSignatures(order, verify)).toBeUndefined();
    const altered = changed(`${ENTRY}.amount`, '6', false) as Signed;
    expect(judgeSignatures(altered, verify)).toEqual({ code: 'bad_signature' });
    const byEve = signerOf('eve').sign('ledger-order', orderClaim(order.body));
    expect(judgeSignatures({ ...order, signatures: [byEve] }, verify)).toEqual({ code: 'bad_signature' });
    const thief = { ...order.body, legs: [{ ...order.body.legs[0], owner: signerOf('eve').spki }] } as const;
    expect(judgeSignatures(signed(thief), verify)).toEqual({ code: 'wrong_owner', leg: 0 });
  });

  it.each([
    ['kind', { ...order.body, kind: 'trade' }],
    ['ledger', { ...order.body, ledger: holder('other') }],
    ['committee', { ...order.body, committee: 2 }],
    ['asset', { ...order.body, legs: [{ ...order.body.legs[0], line: shell('ada', silver) }] }],
  ])('is of one %s', (_what, body) => {
    const bytes = new TextEncoder().encode(canonical(body));
    expect(verify('ledger-order', bytes, order.signatures[0] as string, signerOf('ada').spki)).toBe(false);
  });

  it('is no signature of anything else', () => {
    const bytes = new TextEncoder().encode(canonical(order.body));
    expect(verify('ledger-order', bytes, order.signatures[0] as string, signerOf('ada').spki)).toBe(true);
    for (const domain of ['ledger-batch', 'ledger-unlock', 'ledger-genesis', 'message'] as const) {
      expect(verify(domain, bytes, order.signatures[0] as string, signerOf('ada').spki)).toBe(false);
    }
  });

  it('is needed of both parties of a trade, in the order of its legs', () => {
    const a = legOf('ada', FIRST, [payment('a', shell('bob'), 1)]);
    const b = legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver });
    const both = signed(trade(a, b));
    expect(judgeSignatures(both, verify)).toBeUndefined();
    const [first = '', second = ''] = both.signatures;
    for (const signatures of [
      [second, first],
      [first, first],
      [second, second],
    ]) {
      expect(judgeSignatures({ ...both, signatures }, verify)).toEqual({ code: 'bad_signature' });
    }
  });

  it('is asked of nobody for what the clock or a ballot decides', () => {
    expect(signersOf(resolution({ ...place, action: 'expire', by: null }))).toEqual([]);
    expect(signersOf(voidOf(ledger, 1, place))).toEqual([]);
    expect(signersOf(resolution({ ...place, action: 'void', by: 'key' }))).toEqual(['key']);
  });
});

describe('a shell', () => {
  it('is named after what it holds and whose it is', () => {
    expect(isShellId(shell('ada'))).toBe(true);
    expect(shell('ada')).not.toBe(shell('ada', silver));
    for (const wrong of [
      holder('ada'),
      `${shell('ada')}a`,
      shell('ada').replace('.', '-'),
      shell('ada').toUpperCase(),
      7,
      null,
    ]) {
      expect(isShellId(wrong)).toBe(false);
    }
    expect(shellIdOf('a', 'b')).toBe('a.b');
  });

  it('is counted once among those that an order changes', () => {
    const twice = transfer(legOf('ada', FIRST, [payment('a', shell('bob'), 1), payment('b', shell('bob'), 2)]));
    expect(shellsOf(twice)).toEqual([shell('ada'), shell('bob')]);
    const body = take(
      place,
      shell('bob'),
      legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver }),
    );
    expect(shellsOf(body)).toEqual([shell('bob', silver), shell('ada', silver), shell('bob')]);
    expect(placeIn(body, place)).toBe(body.legs[0]);
    expect(placeIn(body, { ...place, sequence: 2 })).toBeUndefined();
    expect(gold.name).toBe('gold');
  });
});
