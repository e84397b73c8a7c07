import { type Entry, occurrencesOf, type ScopeIndex } from '../store/scope-index.ts';
import { columns, fold } from './folding.ts';
import type { Model } from './model.ts';

/** Passages that share one vector: about a page. A longer text has several, and is as near as the nearest of them. */
const SECTION_PASSAGES = 6;
/** A query under way may still go by the generation before. */
const GENERATIONS_KEPT = 2;

interface Vectors {
  readonly model: Model;
  readonly byPlace: ({ readonly entry: Entry; readonly sections: Float32Array } | undefined)[];
}

/** Where the files of a scope are in the spaces of its newest models. */
export class MeaningIndex {
  readonly #generations = new Map<number, Vectors>();

  /** The generations that are known here, ascending. */
  get generations(): readonly number[] {
    return [...this.#generations.keys()].sort((a, b) => a - b);
  }

  model(generation: number | undefined): Model | undefined {
    return generation === undefined ? undefined : this.#generations.get(generation)?.model;
  }

  /** Takes a model over; the one before stays for the queries that go by it. */
  adopt(model: Model): void {
    if (this.#generations.has(model.generation)) return;
    this.#generations.set(model.generation, { model, byPlace: [] });
    for (const generation of this.generations.slice(0, -GENERATIONS_KEPT)) this.#generations.delete(generation);
  }

  /** The vectors of a file's sections, one after the other; made when they are first asked for. */
  sections(model: Model, place: number, entry: Entry, index: ScopeIndex): Float32Array {
    const vectors = this.#generations.get(model.generation);
    const known = vectors?.byPlace[place];
    if (known?.entry === entry) return known.sections;
    const sections = sectionsOf(model, entry, index);
    if (vectors !== undefined) vectors.byPlace[place] = { entry, sections };
    return sections;
  }
}

function sectionsOf(model: Model, entry: Entry, index: ScopeIndex): Float32Array {
  columns(model);
  const about = entry.terms.subarray(0, entry.bounds[1]);
  const vectors: Float32Array[] = [];
  for (let from = 1; from === 1 || from + 1 < entry.bounds.length; from += SECTION_PASSAGES) {
    const to = Math.min(from + SECTION_PASSAGES, entry.bounds.length - 1);
    const terms = entry.terms.subarray(entry.bounds[from], entry.bounds[to]);
    const bag = occurrencesOf(Uint32Array.from([...about, ...terms]));
    const vector = fold(model, named(bag, index));
    if (vector !== undefined) vectors.push(vector);
  }
  const sections = new Float32Array(vectors.length * model.rank);
  for (const [i, vector] of vectors.entries()) sections.set(vector, i * model.rank);
  return sections;
}

function* named(bag: ReadonlyMap<number, number>, index: ScopeIndex): Generator<readonly [string, number]> {
  for (const [number, amount] of bag) yield [index.vocabulary.term(number), amount];
}
