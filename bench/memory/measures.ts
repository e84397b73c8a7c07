import { seeded } from '../../src/organs/index/model/random.ts';
import type { Query } from './collection.ts';

/** What a list of answers is worth, per query; each from 0 to 1. */
export interface Scores {
  /** Gain by place, linear, as trec_eval's ndcg_cut.10. */
  readonly ndcg: number;
  /** Share of all answers that are among the first 100. */
  readonly recall: number;
  /** 1 / the place of the first answer. */
  readonly reciprocal: number;
}

const CUT = 10;
const RECALL_CUT = 100;

export function scoresOf({ relevant }: Query, ranking: readonly string[]): Scores {
  const gain = (grades: readonly number[]): number =>
    grades.reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
  const ideal = [...relevant.values()].sort((a, b) => b - a).slice(0, CUT);
  const first = ranking.findIndex((id) => relevant.has(id));
  return {
    ndcg: gain(ranking.slice(0, CUT).map((id) => relevant.get(id) ?? 0)) / gain(ideal),
    recall: ranking.slice(0, RECALL_CUT).filter((id) => relevant.has(id)).length / relevant.size,
    reciprocal: first < 0 ? 0 : 1 / (first + 1),
  };
}

export interface Mean {
  readonly value: number;
  /** 95 % bootstrap interval over the queries. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

export function meanOf(values: readonly number[]): Mean {
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const random = seeded(1);
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)] as number)),
  );
  means.sort((a, b) => a - b);
  return {
    value: mean(values),
    low: means[Math.floor(0.025 * RESAMPLES)] as number,
    high: means[Math.floor(0.975 * RESAMPLES)] as number,
  };
}

/** The value that so large a share of the samples doesn't exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
