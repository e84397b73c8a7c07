import { LIMITS } from '../../../contract/limits.ts';
import type { Plan } from '../query/plan.ts';
import type { Entry, ScopeIndex } from '../store/scope-index.ts';
import { saturated } from './saturation.ts';

/** Of a file: the score of its best passage, and which one that is. 0 is what is said about it. */
export interface BestPassage {
  readonly score: number;
  readonly passage: number;
}

/** Scores the passages of files by the words of a plan. What is said about a file counts for each of its passages. */
export function passageScores(index: ScopeIndex, plan: Plan): (place: number) => BestPassage {
  const lookup = lookupOf(index, plan);
  const counts = new Float64Array(plan.concepts.length);
  return (place) => {
    const entry = index.entryAt(place) as Entry;
    const about = new Float64Array(plan.concepts.length);
    const aboutTerms = entry.bounds[1] as number;
    count(entry.terms, 0, aboutTerms, lookup, about);
    let best: BestPassage = { score: scoreOf(about, aboutTerms, plan), passage: entry.bounds.length > 2 ? 1 : 0 };
    for (let passage = 1; passage + 1 < entry.bounds.length; passage++) {
      const from = entry.bounds[passage] as number;
      const to = entry.bounds[passage + 1] as number;
      if (to > LIMITS.passageTermsMax) break;
      counts.set(about);
      count(entry.terms, from, to, lookup, counts);
      const score = scoreOf(counts, aboutTerms + to - from, plan);
      if (score > best.score) best = { score, passage };
    }
    return best;
  };
}

interface Lookup {
  /** By number of a term: 1 + the place of its concept, 0 where it has none. */
  readonly concepts: Uint16Array;
  readonly weights: Float32Array;
}

function lookupOf(index: ScopeIndex, plan: Plan): Lookup {
  const concepts = new Uint16Array(index.vocabulary.size);
  const weights = new Float32Array(index.vocabulary.size);
  plan.concepts.forEach(({ alternatives }, place) => {
    for (const { term, weight } of alternatives) {
      const number = index.vocabulary.find(term);
      if (number === undefined || (weights[number] as number) >= weight) continue;
      concepts[number] = place + 1;
      weights[number] = weight;
    }
  });
  return { concepts, weights };
}

function count(terms: Uint32Array, from: number, to: number, { concepts, weights }: Lookup, into: Float64Array): void {
  for (let i = from; i < to; i++) {
    const number = terms[i] as number;
    const concept = concepts[number] as number;
    if (concept > 0) into[concept - 1] = (into[concept - 1] as number) + (weights[number] as number);
  }
}

function scoreOf(counts: Float64Array, terms: number, plan: Plan): number {
  let score = 0;
  for (let i = 0; i < counts.length; i++) {
    const occurrences = counts[i] as number;
    if (occurrences === 0) continue;
    const { telling, weight } = plan.concepts[i] as Plan['concepts'][number];
    score += weight * telling * saturated(occurrences, terms / plan.passageTerms);
  }
  return score;
}
