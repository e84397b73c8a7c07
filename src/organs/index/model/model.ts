import { LIMITS } from '../../../contract/limits.ts';
import type { Entry, ScopeIndex } from '../store/scope-index.ts';
import { occurrencesOf } from '../store/scope-index.ts';
import { seeded } from './random.ts';
import type { SparseRows } from './sparse-rows.ts';
import { rightSingularVectors } from './svd.ts';

/**
 * What the words of a scope have to do with each other, learnt from its own files (latent semantic indexing): a direction
 * in a space of few dimensions for each term. Texts that share no word are near each other where their words are.
 */
export interface Model {
  /** Grows by one with each training; vectors of different generations can't be compared. */
  readonly generation: number;
  /** Dimensions of the space. */
  readonly rank: number;
  /** Files of the scope when it was trained. */
  readonly files: number;
  readonly terms: readonly string[];
  /** How telling each term is. */
  readonly weights: Float32Array;
  /** terms x rank. */
  readonly vectors: Float32Array;
}

/** Fewer files than this say nothing about how words go together. */
export const TRAINABLE_FILES = 48;
/** A term of one file alone has nothing to do with others. */
const FILES_OF_A_TERM_MIN = 2;
/** Files per dimension: with fewer, each direction is one file's. */
const FILES_PER_DIMENSION = 10;
const SAMPLE_SEED = 7;

/**
 * Trains on at most LIMITS.modelSampleMax files of the scope, drawn evenly by a fixed seed. Undefined where there are too
 * few. Takes seconds for thousands of files: call it beside the event loop.
 */
export function train(index: ScopeIndex, generation: number): Model | undefined {
  const entries = sampleOf(index);
  if (entries.length < TRAINABLE_FILES) return undefined;
  const numbers = tellingTerms(entries, index);
  const weights = Float32Array.from(numbers.values(), ({ files }) => Math.log(1 + entries.length / files));
  const matrix = matrixOf(entries, numbers, weights);
  const { vectors, rank } = rightSingularVectors(
    matrix,
    Math.min(LIMITS.modelRankMax, Math.floor(entries.length / FILES_PER_DIMENSION)),
  );
  const terms = [...numbers.keys()].map((number) => index.vocabulary.term(number));
  return { generation, rank, files: index.size, terms, weights, vectors };
}

/** Ascending by id: replicas that remember the same files draw the same sample, in whatever order they came. */
function sampleOf(index: ScopeIndex): Entry[] {
  const entries = [...index.entries()].map(([, entry]) => entry);
  entries.sort((a, b) => (a.label.id < b.label.id ? -1 : 1));
  const random = seeded(SAMPLE_SEED);
  const spare = entries.length - LIMITS.modelSampleMax;
  for (let dropped = 0; dropped < spare; dropped++) {
    const at = Math.floor(random() * entries.length);
    entries[at] = entries[entries.length - 1] as Entry;
    entries.pop();
  }
  return entries;
}

interface Telling {
  readonly column: number;
  readonly files: number;
}

/** The terms that the sample can say something about, those of most files first where there are too many. */
function tellingTerms(entries: readonly Entry[], index: ScopeIndex): Map<number, Telling> {
  const files = new Map<number, number>();
  for (const entry of entries) {
    for (const number of new Set(entry.terms)) files.set(number, (files.get(number) ?? 0) + 1);
  }
  const text = (number: number): string => index.vocabulary.term(number);
  const telling = [...files]
    .filter(([, count]) => count >= FILES_OF_A_TERM_MIN)
    .sort(([a, m], [b, n]) => n - m || (text(a) < text(b) ? -1 : 1))
    .slice(0, LIMITS.modelTermsMax);
  return new Map(telling.map(([number, count], column) => [number, { column, files: count }]));
}

function matrixOf(entries: readonly Entry[], numbers: ReadonlyMap<number, Telling>, weights: Float32Array): SparseRows {
  const bounds = new Uint32Array(entries.length + 1);
  const places: number[] = [];
  const values: number[] = [];
  entries.forEach((entry, row) => {
    const start = places.length;
    let squares = 0;
    for (const [number, occurrences] of occurrencesOf(entry.terms)) {
      const column = numbers.get(number)?.column;
      if (column === undefined) continue;
      const value = (1 + Math.log(occurrences)) * (weights[column] as number);
      places.push(column);
      values.push(value);
      squares += value * value;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < values.length; i++) values[i] = (values[i] as number) * scale;
    bounds[row + 1] = places.length;
  });
  return {
    rows: entries.length,
    columns: numbers.size,
    bounds,
    places: Uint32Array.from(places),
    values: Float32Array.from(values),
  };
}
