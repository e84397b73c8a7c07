import { createHash } from 'node:crypto';
import { canonical, sha256Hex } from '../../contract/encoding.ts';
import type { Json } from '../../contract/words.ts';
import type { Book, RowWrite } from './book.ts';
import type { Hash } from './names.ts';
import { STATE_PREFIXES } from './records.ts';

/**
 * One hash of the whole state, kept up row by row: the sum of the hashes of all rows. The order in which rows came to be
 * what they are leaves no trace, and a changed row costs two hashes, however many rows there are.
 *
 * The sum is LtHash (Bellare and Micciancio 1997; with these parameters Lewi et al. 2019): each row gives 1,024 numbers of
 * 16 bits, added up one by one. Finding two sets of rows with one sum is a lattice problem of more than 200 bits.
 */
export type StateSum = Uint16Array;

const NUMBERS = 1_024;

export function emptySum(): StateSum {
  return new Uint16Array(NUMBERS);
}

/** The sum over a book's state, from nothing. */
export function sumOfBook(book: Book): StateSum {
  const sum = emptySum();
  for (const prefix of STATE_PREFIXES) {
    for (const [key, value] of book.range(prefix)) add(sum, key, value, 1);
  }
  return sum;
}

/** The sum after these writes on that book. */
export function sumAfter(sum: StateSum, book: Book, writes: readonly RowWrite[]): StateSum {
  const changed = writes.filter(({ key }) => STATE_PREFIXES.some((prefix) => key.startsWith(prefix)));
  if (changed.length === 0) return sum;
  const after = Uint16Array.from(sum);
  for (const { key, value } of changed) {
    add(after, key, book.get(key), -1);
    add(after, key, value, 1);
  }
  return after;
}

/** What validators sign and compare. */
export function rootOf(sum: StateSum): Hash {
  const bytes = Buffer.alloc(NUMBERS * 2);
  sum.forEach((number, at) => {
    bytes.writeUInt16LE(number, 2 * at);
  });
  return sha256Hex('peertree/ledger-root/1\n', bytes);
}

function add(sum: StateSum, key: string, value: Json | undefined, sign: 1 | -1): void {
  if (value === undefined) return;
  const bytes = createHash('shake128', { outputLength: NUMBERS * 2 })
    .update(`peertree/ledger-row/1\n${key}\n${canonical(value)}`)
    .digest();
  for (let at = 0; at < NUMBERS; at++) {
    // Stored numbers wrap around at 2^16 by themselves; read byte by byte, so that every machine adds the same ones.
    sum[at] = (sum[at] as number) + sign * ((bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8));
  }
}
