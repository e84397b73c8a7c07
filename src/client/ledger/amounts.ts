import { Fault } from '../../contract/errors.ts';
import { parseAmount } from '../../organs/ledger/amount.ts';
import type { AssetDefinition } from '../../organs/ledger/asset.ts';

/** Amounts as people write them, with the decimal point where the asset's scale says. */

/** @throws Fault `usage` */
export function amountIn(text: string, { name, scale }: Pick<AssetDefinition, 'name' | 'scale'>): string {
  const [, whole = '', fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction.padEnd(scale, '0')}`.replace(/^0+(?=\d)/, '');
  const amount = whole === '' || fraction.length > scale ? undefined : parseAmount(digits);
  if (amount === undefined || amount === 0n) {
    const places = scale === 0 ? 'a whole number' : `a number with at most ${scale} digits after the point`;
    throw new Fault('usage', `'${text}' is no amount of ${name}: ${places}, above zero and below 2^128`);
  }
  return digits;
}

/** @example shownAmount('-1250', 2) // '-12.50' */
export function shownAmount(amount: string, scale: number): string {
  const sign = amount.startsWith('-') ? '-' : '';
  const digits = amount.slice(sign.length).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}
