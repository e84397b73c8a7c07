/**
 * How much: whole numbers below 2^128, as decimal strings wherever they are stored, signed or sent, because a JSON number
 * loses digits from 2^53 on. Totals of many amounts have no bound, so that a credit can never fail.
 */
export type Amount = string;

/** One more than the largest amount of an order. */
export const AMOUNT_LIMIT = 1n << 128n;

const DECIMAL = /^(0|[1-9][0-9]*)$/;
/** 2^128 - 1 has as many digits. */
const AMOUNT_DIGITS_MAX = 39;

/**
 * The amount of an order or a cap. Undefined for everything but its one spelling: no sign, no leading zero, no exponent,
 * no white space, and below 2^128. Zero is a number; whether it may be paid is for others to say.
 *
 * @example parseAmount('340282366920938463463374607431768211455') // 2n ** 128n - 1n
 */
export function parseAmount(text: unknown): bigint | undefined {
  if (typeof text !== 'string' || text.length > AMOUNT_DIGITS_MAX || !DECIMAL.test(text)) return undefined;
  const amount = BigInt(text);
  return amount < AMOUNT_LIMIT ? amount : undefined;
}

export function isAmount(text: unknown): text is Amount {
  return parseAmount(text) !== undefined;
}

export function formatAmount(amount: bigint): Amount {
  return amount.toString();
}

/** A stored total plus (or minus) an amount. What is stored has been checked, so this is arithmetic and nothing else. */
export function plus(total: Amount, amount: bigint): Amount {
  return (BigInt(total) + amount).toString();
}
