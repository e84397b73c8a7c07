import { eigenOf, gram, orthonormalise } from './dense.ts';
import { seeded } from './random.ts';
import { multiply, multiplyTransposed, type SparseRows } from './sparse-rows.ts';

/** Directions tried beyond those that are kept: the last of them are the inexact ones. */
const OVERSAMPLE = 8;
/** Rounds that turn the random directions towards the strong ones (Halko, Martinsson, Tropp 2011, algorithm 4.4). */
const ROUNDS = 2;
const SEED = 42;

/**
 * The `rank` strongest right singular vectors of a matrix, as columns of a matrix (columns x rank), strongest first; fewer
 * where the matrix has fewer. The same matrix gives the same numbers every time.
 */
export function rightSingularVectors(matrix: SparseRows, rank: number): { vectors: Float32Array; rank: number } {
  const width = Math.min(rank + OVERSAMPLE, matrix.rows, matrix.columns);
  const random = seeded(SEED);
  const right = Float64Array.from({ length: matrix.columns * width }, () => random() - 0.5);
  const left = new Float64Array(matrix.rows * width);
  for (let round = 0; round < ROUNDS; round++) {
    multiply(matrix, right, width, left);
    orthonormalise(left, width);
    multiplyTransposed(matrix, left, width, right);
  }
  const { values, vectors } = eigenOf(gram(right, width), width);
  const strongest = [...values.keys()]
    .filter((i) => (values[i] as number) > 1e-9)
    .sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
    .slice(0, rank);
  const turned = new Float64Array(width * strongest.length);
  strongest.forEach((from, to) => {
    const scale = 1 / Math.sqrt(values[from] as number);
    for (let i = 0; i < width; i++) turned[i * strongest.length + to] = (vectors[i * width + from] as number) * scale;
  });
  return { vectors: product(right, turned, width, strongest.length), rank: strongest.length };
}

/** `left` (n x inner) * `right` (inner x width). */
function product(left: Float64Array, right: Float64Array, inner: number, width: number): Float32Array {
  const rows = left.length / inner;
  const into = new Float32Array(rows * width);
  const sum = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    sum.fill(0);
    for (let k = 0; k < inner; k++) {
      const value = left[row * inner + k] as number;
      if (value === 0) continue;
      for (let j = 0; j < width; j++) sum[j] = (sum[j] as number) + value * (right[k * width + j] as number);
    }
    into.set(sum, row * width);
  }
  return into;
}
