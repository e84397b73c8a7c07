/** Small dense matrices, row after row. */

/** `dense` transposed * `dense`: width x width, symmetric. */
export function gram(dense: Float64Array, width: number): Float64Array {
  const product = new Float64Array(width * width);
  for (let row = 0; row < dense.length; row += width) {
    for (let i = 0; i < width; i++) {
      const value = dense[row + i] as number;
      if (value === 0) continue;
      const target = i * width;
      for (let j = i; j < width; j++) {
        product[target + j] = (product[target + j] as number) + value * (dense[row + j] as number);
      }
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) product[i * width + j] = product[j * width + i] as number;
  }
  return product;
}

/** Dependent columns are told apart by so much of the largest one, so that the factor below always exists. */
const RIDGE = 1e-12;

/** Makes the columns of `dense` orthonormal, in place: Cholesky's factor of their products, divided out row by row. */
export function orthonormalise(dense: Float64Array, width: number): void {
  const factor = cholesky(gram(dense, width), width);
  for (let row = 0; row < dense.length; row += width) {
    for (let j = 0; j < width; j++) {
      let value = dense[row + j] as number;
      for (let i = 0; i < j; i++) value -= (dense[row + i] as number) * (factor[j * width + i] as number);
      dense[row + j] = value / (factor[j * width + j] as number);
    }
  }
}

/** Lower triangular L with L * L transposed = `matrix`. */
function cholesky(matrix: Float64Array, width: number): Float64Array {
  const factor = new Float64Array(width * width);
  let largest = 0;
  for (let i = 0; i < width; i++) largest = Math.max(largest, matrix[i * width + i] as number);
  const floor = RIDGE * largest + Number.MIN_VALUE;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * width + j] as number;
      for (let k = 0; k < j; k++) sum -= (factor[i * width + k] as number) * (factor[j * width + k] as number);
      factor[i * width + j] = i === j ? Math.sqrt(Math.max(sum, floor)) : sum / (factor[j * width + j] as number);
    }
  }
  return factor;
}

export interface Eigen {
  readonly values: Float64Array;
  /** Column `i` belongs to value `i`. */
  readonly vectors: Float64Array;
}

const SWEEPS_MAX = 24;
/** Sum of squares beside the diagonal, as a share of those on it, below which a matrix counts as diagonal. */
const DIAGONAL_SHARE = 1e-18;

/** Values and vectors of a symmetric matrix, by Jacobi's rotations; the values in no order. */
export function eigenOf(matrix: Float64Array, width: number): Eigen {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(width * width);
  for (let i = 0; i < width; i++) vectors[i * width + i] = 1;
  for (let sweep = 0; sweep < SWEEPS_MAX && !isDiagonal(a, width); sweep++) {
    for (let p = 0; p < width; p++) {
      for (let q = p + 1; q < width; q++) rotate(a, vectors, width, p, q);
    }
  }
  return { values: Float64Array.from({ length: width }, (_, i) => a[i * width + i] as number), vectors };
}

function isDiagonal(a: Float64Array, width: number): boolean {
  let beside = 0;
  let on = 0;
  for (let i = 0; i < width; i++) {
    on += (a[i * width + i] as number) ** 2;
    for (let j = 0; j < i; j++) beside += (a[i * width + j] as number) ** 2;
  }
  return beside <= DIAGONAL_SHARE * on;
}

function rotate(a: Float64Array, vectors: Float64Array, width: number, p: number, q: number): void {
  const apq = a[p * width + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * width + q] as number) - (a[p * width + p] as number)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  turn(a, width, p, q, width, c, s);
  turn(a, width, p * width, q * width, 1, c, s);
  turn(vectors, width, p, q, width, c, s);
}

/** Turns the pairs that begin at `p` and `q` and follow each other `step` apart. */
function turn(matrix: Float64Array, count: number, p: number, q: number, step: number, c: number, s: number): void {
  for (let i = 0; i < count; i++) {
    const x = matrix[p + i * step] as number;
    const y = matrix[q + i * step] as number;
    matrix[p + i * step] = c * x - s * y;
    matrix[q + i * step] = s * x + c * y;
  }
}
