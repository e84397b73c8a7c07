/** A matrix by its rows, of which most is zero: row `r` has `columns[i]` and `values[i]` for i from `bounds[r]` on. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  readonly bounds: Uint32Array;
  readonly places: Uint32Array;
  readonly values: Float32Array;
}

/** `into` (rows x width) = matrix * `dense` (columns x width), all dense matrices row after row. */
export function multiply(matrix: SparseRows, dense: Float64Array, width: number, into: Float64Array): void {
  into.fill(0);
  for (let row = 0; row < matrix.rows; row++) {
    const target = row * width;
    const end = matrix.bounds[row + 1] as number;
    for (let i = matrix.bounds[row] as number; i < end; i++) {
      const value = matrix.values[i] as number;
      const source = (matrix.places[i] as number) * width;
      for (let j = 0; j < width; j++)
        into[target + j] = (into[target + j] as number) + value * (dense[source + j] as number);
    }
  }
}

/** `into` (columns x width) = transposed matrix * `dense` (rows x width). */
export function multiplyTransposed(matrix: SparseRows, dense: Float64Array, width: number, into: Float64Array): void {
  into.fill(0);
  for (let row = 0; row < matrix.rows; row++) {
    const source = row * width;
    const end = matrix.bounds[row + 1] as number;
    for (let i = matrix.bounds[row] as number; i < end; i++) {
      const value = matrix.values[i] as number;
      const target = (matrix.places[i] as number) * width;
      for (let j = 0; j < width; j++)
        into[target + j] = (into[target + j] as number) + value * (dense[source + j] as number);
    }
  }
}
