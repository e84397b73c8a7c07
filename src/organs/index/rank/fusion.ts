import { LIMITS } from '../../../contract/limits.ts';
import { type Candidate, type Shares, WAYS, type Way } from './retrieval.ts';
import { TUNING } from './tuning.ts';

/** A candidate in its place, with what each way of ranking adds to its score. */
export interface Ranked {
  readonly candidate: Candidate;
  readonly score: number;
  /** They add up to the score. */
  readonly shares: Shares;
}

/** Ways that bring candidates forward; the other ones only judge what these have brought. */
const BRINGING: readonly Way[] = ['words', 'meaning'];

/** The candidates that a list of each way's first would have, whatever partitions they came from. */
export function union(candidates: readonly Candidate[]): Candidate[] {
  const brought = new Set<Candidate>();
  for (const way of BRINGING) {
    const ranked = candidates.filter(({ shares }) => shares[way] > 0).sort(byShare(way));
    for (const candidate of ranked.slice(0, LIMITS.candidatesMax)) brought.add(candidate);
  }
  return [...brought].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const byShare =
  (way: Way) =>
  (a: Candidate, b: Candidate): number =>
    b.shares[way] - a.shares[way] || (a.id < b.id ? -1 : 1);

/**
 * Ranks candidates by the sum of their standardised scores: each way's scores are brought to mean 0 and deviation 1 over
 * the union, so that none counts for more because its numbers are larger. Ties go by id.
 */
export function fuse(candidates: readonly Candidate[]): Ranked[] {
  const all = union(candidates);
  const standard = Object.fromEntries(WAYS.map((way) => [way, standardOf(all, way)])) as Record<Way, Standard>;
  const ranked = all.map((candidate): Ranked => {
    const share = (way: Way): number => {
      const { mean, deviation } = standard[way];
      return deviation === 0 ? 0 : (TUNING.weights[way] * (candidate.shares[way] - mean)) / deviation;
    };
    const shares = {
      words: share('words'),
      passage: share('passage'),
      meaning: share('meaning'),
    };
    return { candidate, shares, score: WAYS.reduce((sum, way) => sum + shares[way], 0) };
  });
  return ranked.sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? -1 : 1));
}

interface Standard {
  readonly mean: number;
  readonly deviation: number;
}

/** Summed in the order of ids, so that the same candidates give the same bits wherever they are fused. */
function standardOf(all: readonly Candidate[], way: Way): Standard {
  if (all.length === 0) return { mean: 0, deviation: 0 };
  let sum = 0;
  for (const { shares } of all) sum += shares[way];
  const mean = sum / all.length;
  let squares = 0;
  for (const { shares } of all) squares += (shares[way] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / all.length) };
}
