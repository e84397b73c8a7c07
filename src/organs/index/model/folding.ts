import type { Model } from './model.ts';

const columnsOf = new WeakMap<Model, ReadonlyMap<string, number>>();

/** The column of each term of a model. */
export function columns(model: Model): ReadonlyMap<string, number> {
  let found = columnsOf.get(model);
  if (found === undefined) {
    found = new Map(model.terms.map((term, column) => [term, column]));
    columnsOf.set(model, found);
  }
  return found;
}

/** A text by its terms and how much of each there is: counts, or the weights of a query. */
export type Bag = Iterable<readonly [term: string, amount: number]>;

/**
 * Where a text is in the model's space, as a vector of length 1; undefined where the model knows none of its terms. Texts
 * from after the training are placed as well as those from before.
 */
export function fold(model: Model, bag: Bag): Float32Array | undefined {
  const known = columns(model);
  const { rank, vectors, weights } = model;
  const sum = new Float64Array(rank);
  for (const [term, amount] of bag) {
    const column = known.get(term);
    if (column === undefined || amount <= 0) continue;
    const weight = (amount > 1 ? 1 + Math.log(amount) : amount) * (weights[column] as number);
    const from = column * rank;
    for (let j = 0; j < rank; j++) sum[j] = (sum[j] as number) + weight * (vectors[from + j] as number);
  }
  return toUnit(sum);
}

/** The same direction with length 1; undefined where there is none. */
export function toUnit(sum: Float64Array): Float32Array | undefined {
  let squares = 0;
  for (const value of sum) squares += value * value;
  if (squares < 1e-24) return undefined;
  const scale = 1 / Math.sqrt(squares);
  return Float32Array.from(sum, (value) => value * scale);
}

/** Their cosine, as both have length 1. */
export function similarity(a: Float32Array, b: Float32Array, offset = 0): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j] as number) * (b[offset + j] as number);
  return sum;
}
