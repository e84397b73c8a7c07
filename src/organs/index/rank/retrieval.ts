import { LIMITS } from '../../../contract/limits.ts';
import type { FileId } from '../../../contract/words.ts';
import { fold, similarity } from '../model/folding.ts';
import { admits } from '../query/filters.ts';
import type { Plan } from '../query/plan.ts';
import type { Entry, ScopeIndex } from '../store/scope-index.ts';
import type { Shelf } from '../store/shelf.ts';
import { passageScores } from './passages.ts';
import { saturated } from './saturation.ts';

/** How well a file answers, in each way of ranking: what is fused once all partitions have said theirs. */
export interface Shares {
  /** BM25 of the whole file. */
  readonly words: number;
  /** BM25 of its best passage. */
  readonly passage: number;
  /** Cosine in the space of the scope's model, of its best section. */
  readonly meaning: number;
}

export const WAYS = ['words', 'passage', 'meaning'] as const satisfies readonly (keyof Shares)[];
export type Way = (typeof WAYS)[number];

/** A file that may be an answer. JSON, as it travels between cells. */
export interface Candidate {
  readonly scope: string;
  readonly id: FileId;
  readonly edition: string;
  readonly shares: Shares;
  /** Number of the passage to show. */
  readonly passage: number;
}

/** A shelf with how well its files answer, by their places. */
interface Reading {
  readonly shelf: Shelf;
  readonly words: Float64Array;
  readonly meaning: Float64Array | undefined;
}

/** A file of a shelf, in one way of ranking. */
interface Hit {
  readonly reading: Reading;
  readonly place: number;
  readonly id: FileId;
  readonly score: number;
}

/** The files of these shelves that any way of ranking puts among its first, over all shelves together. */
export function retrieve(shelves: readonly Shelf[], plan: Plan): Candidate[] {
  const readings = shelves
    .filter(({ scope }) => plan.scopes.includes(scope))
    .map((shelf): Reading => ({ shelf, words: wordScores(shelf.index, plan), meaning: meaningScores(shelf, plan) }));
  const places = new Map<Reading, Set<number>>();
  for (const way of ['words', 'meaning'] as const) {
    for (const { reading, place } of first(readings.flatMap((reading) => hitsOf(reading, way, plan)))) {
      places.set(reading, (places.get(reading) ?? new Set()).add(place));
    }
  }
  return [...places].flatMap(([reading, own]) => candidatesAt(reading, own, plan));
}

function candidatesAt({ shelf, words, meaning }: Reading, places: ReadonlySet<number>, plan: Plan): Candidate[] {
  const { index, scope } = shelf;
  const scoreOf = passageScores(index, plan);
  return [...places].map((place) => {
    const { id, edition } = (index.entryAt(place) as Entry).label;
    const { score, passage } = scoreOf(place);
    const shares = { words: words[place] as number, passage: score, meaning: meaning?.[place] ?? 0 };
    return { scope, id, edition, shares, passage };
  });
}

/** Says whether a file can't be an answer, whatever it is about. */
function barredPlaces(index: ScopeIndex, plan: Plan): (place: number) => boolean {
  const having = new Set<number>();
  for (const term of plan.without) {
    for (const posting of index.postings(term) ?? []) having.add(Math.floor(posting / 256));
  }
  return (place) => {
    const entry = index.entryAt(place);
    return entry === undefined || having.has(place) || !admits(plan.filters, entry.label);
  };
}

function wordScores(index: ScopeIndex, plan: Plan): Float64Array {
  const scores = new Float64Array(index.places);
  const occurrences = new Float64Array(index.places);
  for (const { alternatives, telling, weight } of plan.concepts) {
    const places = new Set<number>();
    for (const alternative of alternatives) {
      for (const posting of index.postings(alternative.term) ?? []) {
        const place = Math.floor(posting / 256);
        occurrences[place] = (occurrences[place] as number) + alternative.weight * (posting % 256);
        places.add(place);
      }
    }
    for (const place of places) {
      const length = index.entryAt(place)?.terms.length ?? 0;
      const share = saturated(occurrences[place] as number, length / plan.fileTerms);
      scores[place] = (scores[place] as number) + weight * telling * share;
      occurrences[place] = 0;
    }
  }
  return scores;
}

/** Undefined where the scope has no model of the generation that the answer goes by, or the model knows none of the words. */
function meaningScores({ scope, index, meanings }: Shelf, plan: Plan): Float64Array | undefined {
  const model = meanings.model(plan.generations[scope]);
  const wanted = model === undefined ? undefined : fold(model, bagOf(plan));
  if (model === undefined || wanted === undefined) return undefined;
  const scores = new Float64Array(index.places);
  for (const [place, entry] of index.entries()) {
    const sections = meanings.sections(model, place, entry, index);
    let best = 0;
    for (let from = 0; from < sections.length; from += model.rank) {
      best = Math.max(best, similarity(wanted, sections, from));
    }
    scores[place] = best;
  }
  return scores;
}

function* bagOf(plan: Plan): Generator<readonly [string, number]> {
  for (const { alternatives, weight } of plan.concepts) {
    for (const alternative of alternatives) {
      yield [alternative.term, weight * alternative.weight];
    }
  }
}

function hitsOf(reading: Reading, way: 'words' | 'meaning', plan: Plan): Hit[] {
  const { index } = reading.shelf;
  const scores = reading[way];
  if (scores === undefined) return [];
  const barred = barredPlaces(index, plan);
  const hits: Hit[] = [];
  for (let place = 0; place < scores.length; place++) {
    const score = scores[place] as number;
    if (score > 0 && !barred(place)) hits.push({ reading, place, id: (index.entryAt(place) as Entry).label.id, score });
  }
  return hits;
}

/** The best LIMITS.candidatesMax; ties by id, so that replicas agree. */
function first(hits: readonly Hit[]): readonly Hit[] {
  const most = LIMITS.candidatesMax;
  if (hits.length <= most) return hits;
  // Numbers alone are sorted much faster; few hits are left for the order that counts.
  const least = Float64Array.from(hits, ({ score }) => score).sort()[hits.length - most] as number;
  const best = hits.filter(({ score }) => score >= least);
  return best.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, most);
}
