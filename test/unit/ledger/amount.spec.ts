import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_LIMIT, formatAmount, isAmount, parseAmount, plus } from '../../../src/organs/ledger/amount.ts';

const amounts = fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n });

describe('an amount', () => {
  it('is every whole number from 0 to 2^128 - 1, in one spelling', () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        expect(isAmount(formatAmount(amount))).toBe(true);
      }),
    );
    expect(parseAmount('0')).toBe(0n);
    expect(parseAmount('340282366920938463463374607431768211455')).toBe(2n ** 128n - 1n);
  });

  it.each([
    '-1',
    '+1',
    '01',
    '00',
    '1e3',
    '1E3',
    '1.0',
    '1,000',
    ' 1',
    '1 ',
    '1\n',
    '',
    '0x10',
    '१',
    'NaN',
    'Infinity',
    '1n',
    '1_000',
    '340282366920938463463374607431768211456',
    '999999999999999999999999999999999999999',
    `1${'0'.repeat(39)}`,
  ])('is not %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
    expect(isAmount(text)).toBe(false);
  });

  it.each([1, 1n, null, undefined, {}, ['1'], true])('is a text and nothing else: not %s', (value) => {
    expect(parseAmount(value)).toBeUndefined();
  });

  it('is read from no other text than it is written as', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 42 }), (text) => {
        const read = parseAmount(text);
        if (read !== undefined) expect(formatAmount(read)).toBe(text);
      }),
    );
  });
});

describe('a total', () => {
  it('has no bound, so that no credit ever fails', () => {
    const most = formatAmount(AMOUNT_LIMIT - 1n);
    expect(plus(most, AMOUNT_LIMIT - 1n)).toBe(formatAmount(2n * AMOUNT_LIMIT - 2n));
    expect(plus('5', -5n)).toBe('0');
  });
});
