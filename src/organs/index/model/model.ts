import { LIMITS } from '../../../contract/limits.ts';
import { type Entry, occurrencesOf, type ScopeIndex } from '../store/scope-index.ts';
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

/** What a model is trained on: plain values, so that it can be done in another thread or process. */
export interface Sample {
  readonly terms: readonly string[];
  /** Of each file, its terms by their numbers. */
  readonly files: readonly Uint32Array[];
  /** Files of the scope, of which these are some. */
  readonly total: number;
}

/** At most LIMITS.modelSampleMax files of a scope, whatever partitions they are in, drawn evenly by a fixed seed. */
export function sampleOf(indexes: readonly ScopeIndex[]): Sample {
  const entries = indexes.flatMap((index) => [...index.entries()].map(([, entry]) => ({ entry, index })));
  const total = entries.length;
  // Ascending by id: replicas that remember the same files draw the same sample, in whatever order they came.
  entries.sort((a, b) => (a.entry.label.id < b.entry.label.id ? -1 : 1));
  const random = seeded(SAMPLE_SEED);
  while (entries.length > LIMITS.modelSampleMax) {
    entries[Math.floor(random() * entries.length)] = entries.at(-1) as (typeof entries)[number];
    entries.pop();
  }
  const numbers = new Map<string, number>();
  const files = entries.map(({ entry, index }) => renumbered(entry, index, numbers));
  return { terms: [...numbers.keys()], files, total };
}

function renumbered({ terms }: Entry, { vocabulary }: ScopeIndex, numbers: Map<string, number>): Uint32Array {
  return terms.slice(0, LIMITS.modelFileTermsMax).map((number) => {
    const term = vocabulary.term(number);
    const known = numbers.get(term);
    if (known === undefined) numbers.set(term, numbers.size);
    return known ?? numbers.size - 1;
  });
}

/** Undefined where there are too few files. Takes seconds for thousands of them: call it beside the event loop. */
export function train({ terms, files, total }: Sample, generation: number): Model | undefined {
  if (files.length < TRAINABLE_FILES) return undefined;
  const columns = tellingTerms(files, terms);
  const weights = Float32Array.from(columns.values(), ({ having }) => Math.log(1 + files.length / having));
  const matrix = matrixOf(files, columns, weights);
  const { vectors, rank } = rightSingularVectors(
    matrix,
    Math.min(LIMITS.modelRankMax, Math.floor(files.length / FILES_PER_DIMENSION)),
  );
  const names = [...columns.keys()].map((number) => terms[number] as string);
  return { generation, rank, files: total, terms: names, weights, vectors };
}

interface Telling {
  readonly column: number;
  /** Files that have the term. */
  readonly having: number;
}

/** The terms that the sample can say something about, by their numbers; those of most files where there are too many. */
function tellingTerms(files: readonly Uint32Array[], terms: readonly string[]): Map<number, Telling> {
  const having = new Map<number, number>();
  for (const file of files) {
    for (const number of new Set(file)) having.set(number, (having.get(number) ?? 0) + 1);
  }
  const telling = [...having]
    .filter(([, count]) => count >= FILES_OF_A_TERM_MIN)
    .sort(([a, m], [b, n]) => n - m || ((terms[a] as string) < (terms[b] as string) ? -1 : 1))
    .slice(0, LIMITS.modelTermsMax);
  return new Map(telling.map(([number, count], column) => [number, { column, having: count }]));
}

function matrixOf(
  files: readonly Uint32Array[],
  columns: ReadonlyMap<number, Telling>,
  weights: Float32Array,
): SparseRows {
  const bounds = new Uint32Array(files.length + 1);
  const places: number[] = [];
  const values: number[] = [];
  for (const [row, file] of files.entries()) {
    const start = places.length;
    let squares = 0;
    for (const [number, occurrences] of occurrencesOf(file)) {
      const column = columns.get(number)?.column;
      if (column === undefined) continue;
      const value = (1 + Math.log(occurrences)) * (weights[column] as number);
      places.push(column);
      values.push(value);
      squares += value * value;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < values.length; i++) values[i] = (values[i] as number) * scale;
    bounds[row + 1] = places.length;
  }
  return {
    rows: files.length,
    columns: columns.size,
    bounds,
    places: Uint32Array.from(places),
    values: Float32Array.from(values),
  };
}
