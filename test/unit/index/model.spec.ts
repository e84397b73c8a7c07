import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { eigenOf, orthonormalise } from '../../../src/organs/index/model/dense.ts';
import { fold, similarity } from '../../../src/organs/index/model/folding.ts';
import { type Model, sampleOf, TRAINABLE_FILES, train } from '../../../src/organs/index/model/model.ts';
import { decodeModel, encodeModel } from '../../../src/organs/index/model/model-bytes.ts';
import type { SparseRows } from '../../../src/organs/index/model/sparse-rows.ts';
import { rightSingularVectors } from '../../../src/organs/index/model/svd.ts';
import type { Partition } from '../../../src/organs/index/store/partition.ts';
import { essay, Library } from './library.ts';

const indexOf = (files: number, order = 1) => {
  const library = new Library();
  for (let i = 0; i < files; i++)
    library.add(`e${order > 0 ? i : files - 1 - i}`, essay(order > 0 ? i : files - 1 - i));
  return (library.partitions[0] as Partition).shelf('tissue').index;
};
const trained = (files: number): Model => train(sampleOf([indexOf(files)]), 3) as Model;

/** Dense rows as a sparse matrix. */
function sparse(rows: readonly (readonly number[])[]): SparseRows {
  const columns = rows[0]?.length ?? 0;
  return {
    rows: rows.length,
    columns,
    bounds: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * columns),
    places: Uint32Array.from(rows.flatMap((row) => row.map((_, i) => i))),
    values: Float32Array.from(rows.flat()),
  };
}

const matrices = fc.integer({ min: 2, max: 6 }).chain((columns) =>
  fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: columns, maxLength: columns }), {
    minLength: 2,
    maxLength: 8,
  }),
);

describe('the decomposition', () => {
  it('gives directions of length 1 that stand on each other', () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        const { vectors, rank } = rightSingularVectors(sparse(rows), 3);
        const column = (j: number): number[] =>
          Array.from({ length: vectors.length / rank }, (_, i) => vectors[i * rank + j] as number);
        for (let a = 0; a < rank; a++) {
          for (let b = 0; b <= a; b++) {
            const product = column(a).reduce((sum, value, i) => sum + value * (column(b)[i] as number), 0);
            expect(product).toBeCloseTo(a === b ? 1 : 0, 3);
          }
        }
      }),
    );
  });

  it('keeps of a matrix all that so few directions can', () => {
    fc.assert(
      fc.property(matrices, (rows) => {
        const columns = rows[0]?.length ?? 0;
        const { vectors, rank } = rightSingularVectors(sparse(rows), columns);
        const energy = rows.flat().reduce((sum, value) => sum + value * value, 0);
        let kept = 0;
        for (const row of rows) {
          for (let j = 0; j < rank; j++)
            kept += row.reduce((sum, value, i) => sum + value * (vectors[i * rank + j] as number), 0) ** 2;
        }
        expect(Math.abs(kept - energy)).toBeLessThanOrEqual(1e-3 * energy + 1e-9);
      }),
    );
  });

  it('finds values and vectors that belong together', () => {
    const { values, vectors } = eigenOf(Float64Array.from([2, 1, 0, 1, 2, 0, 0, 0, 5]), 3);
    expect([...values].sort((a, b) => a - b).map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1, 3, 5]);
    const largest = values.indexOf(Math.max(...values));
    expect(Math.abs(vectors[2 * 3 + largest] as number)).toBeCloseTo(1, 9);
  });

  it('takes columns that are the same, or nothing at all', () => {
    for (const dense of [new Float64Array(6), Float64Array.from([1, 1, 2, 2, 3, 3])]) {
      orthonormalise(dense, 2);
      expect(dense.every((value) => Number.isFinite(value))).toBe(true);
    }
  });
});

describe('a model', () => {
  it(`needs ${TRAINABLE_FILES} files`, () => {
    expect(train(sampleOf([indexOf(TRAINABLE_FILES - 1)]), 1)).toBeUndefined();
    expect(train(sampleOf([indexOf(TRAINABLE_FILES)]), 1)?.generation).toBe(1);
  });

  it('is the same for the same files, in whatever order they came and however they are spread', () => {
    const [one, other] = [indexOf(90), indexOf(90, -1)];
    const places = (model: Model | undefined) => fold(model as Model, [['mast', 1]]);
    const [a, b] = [train(sampleOf([one]), 1), train(sampleOf([other]), 1)];
    expect([...(a?.terms ?? [])].sort()).toEqual([...(b?.terms ?? [])].sort());
    expect(places(a)?.length).toBe(places(b)?.length);
    expect(train(sampleOf([one]), 1)).toEqual(a);
  });

  it('brings words together that go together', () => {
    const model = trained(100);
    const place = (word: string) => fold(model, [[word, 1]]) as Float32Array;
    expect(similarity(place('mast'), place('keel'))).toBeGreaterThan(similarity(place('mast'), place('invoic')) + 0.3);
    expect(fold(model, [['unheard', 1]])).toBeUndefined();
  });

  it('is drawn from so many files at most, the same ones each time', () => {
    const many = indexOf(LIMITS.modelSampleMax + 1);
    const sample = sampleOf([many]);
    expect([sample.files.length, sample.total]).toEqual([LIMITS.modelSampleMax, LIMITS.modelSampleMax + 1]);
  });
});

describe('a model as bytes', () => {
  const model = trained(60);

  it('is read back, its numbers all but the same', () => {
    const back = decodeModel(encodeModel(model));
    expect({ ...back, vectors: 0 }).toEqual({ ...model, vectors: 0 });
    for (const word of ['mast', 'tax', 'bread']) {
      const [a, b] = [fold(model, [[word, 1]]), fold(back, [[word, 1]])];
      if (a !== undefined && b !== undefined) expect(similarity(a, b)).toBeGreaterThan(0.999);
    }
    expect(encodeModel(back)).toEqual(encodeModel(back));
  });

  it('is refused where it is damaged', () => {
    const bytes = encodeModel(model);
    for (const damaged of [
      bytes.subarray(0, 3),
      bytes.subarray(0, bytes.length - 1),
      Buffer.concat([bytes, Buffer.alloc(1)]),
      Buffer.alloc(100),
    ]) {
      expect(() => decodeModel(damaged)).toThrow(expect.objectContaining({ code: 'corrupt' }));
    }
  });
});
