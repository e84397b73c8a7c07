/**
 * A map from names that begin with two characters of base32, such as node ids. It is a value: a changed copy shares all but
 * two short lists with the one before, so that a book of thousands of origins costs no more to keep up than one of ten.
 */
export interface Book<T> {
  readonly size: number;
  /** By the first character, then by the second. */
  readonly shelves: readonly Shelf<T>[];
}

type Row<T> = readonly (readonly [name: string, value: T])[];
type Shelf<T> = readonly Row<T>[];

const WIDTH = 32;
const EMPTY_SHELF: Shelf<never> = Array.from({ length: WIDTH }, () => []);

export const EMPTY_BOOK: Book<never> = { size: 0, shelves: Array.from({ length: WIDTH }, () => EMPTY_SHELF) };

export function lookUp<T>(book: Book<T>, name: string): T | undefined {
  return rowOf(book, name).find(([other]) => other === name)?.[1];
}

export function enter<T>(book: Book<T>, name: string, value: T): Book<T> {
  const row = rowOf(book, name);
  const index = row.findIndex(([other]) => other === name);
  if (index < 0) return withRow(book, name, [...row, [name, value]], book.size + 1);
  return withRow(book, name, row.with(index, [name, value]), book.size);
}

export function strike<T>(book: Book<T>, name: string): Book<T> {
  const row = rowOf(book, name);
  const rest = row.filter(([other]) => other !== name);
  return rest.length === row.length ? book : withRow(book, name, rest, book.size - 1);
}

/** All values, those with like names together. */
export function* valuesOf<T>({ shelves }: Book<T>): Iterable<T> {
  for (const shelf of shelves) for (const row of shelf) for (const [, value] of row) yield value;
}

function rowOf<T>({ shelves }: Book<T>, name: string): Row<T> {
  return shelves[digit(name, 0)]?.[digit(name, 1)] ?? [];
}

function withRow<T>({ shelves }: Book<T>, name: string, row: Row<T>, size: number): Book<T> {
  const first = digit(name, 0);
  const shelf = (shelves[first] ?? EMPTY_SHELF).with(digit(name, 1), row);
  return { size, shelves: shelves.with(first, shelf) };
}

/** The last five bits of a character tell most of base32 apart; those that they don't share a row. */
function digit(name: string, at: number): number {
  return at < name.length ? name.charCodeAt(at) % WIDTH : 0;
}
