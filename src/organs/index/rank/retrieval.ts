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
  /** Cosine of the sentence embeddings, of its best passage; 0 where there are none. */
  readonly embedding: number;
}

export const WAYS = ['words', 'passage', 'meaning', 'embedding'] as const satisfies readonly (keyof Shares)[];
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

/** The files of these shelves that any way of ranking puts among its first. */
export function retrieve(shelves: readonly Shelf[], plan: Plan): Candidate[] {
  return shelves.filter(({ scope }) => plan.scopes.includes(scope)).flatMap((shelf) => retrieveFrom(shelf, plan));
}

function retrieveFrom(shelf: Shelf, plan: Plan): Candidate[] {
  const { index, scope } = shelf;
  const barred = barredPlaces(index, plan);
  const words = wordScores(index, plan);
  const meanings = meaningScores(shelf, plan);
  const places = new Set([
    ...bestPlaces(index, words, barred),
    ...(meanings === undefined ? [] : bestPlaces(index, meanings, barred)),
  ]);
  const scoreOf = passageScores(index, plan);
  return [...places].map((place) => {
    const { label } = index.entryAt(place) as Entry;
    const { score, passage } = scoreOf(place);
    const shares = { words: words[place] as number, passage: score, meaning: meanings?.[place] ?? 0, embedding: 0 };
    return { scope, id: label.id, edition: label.edition, shares, passage };
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
      if (alternative.because !== 'synonym') yield [alternative.term, weight * alternative.weight];
    }
  }
}

/** The best first, at most LIMITS.candidatesMax; ties by id, so that replicas agree. */
function bestPlaces(index: ScopeIndex, scores: Float64Array, barred: (place: number) => boolean): number[] {
  const places: number[] = [];
  for (let place = 0; place < scores.length; place++) {
    if ((scores[place] as number) > 0 && !barred(place)) places.push(place);
  }
  const id = (place: number): string => (index.entryAt(place) as Entry).label.id;
  places.sort((a, b) => (scores[b] as number) - (scores[a] as number) || (id(a) < id(b) ? -1 : 1));
  return places.slice(0, LIMITS.candidatesMax);
}
