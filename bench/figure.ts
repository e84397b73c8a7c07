/** A figure of the benchmarks: one number with its unit, and the bound that is expected of it. */
export interface Figure {
  /** What `npm run bench NAME` calls it: kebab-case, as its file. */
  readonly name: string;
  readonly unit: string;
  /** Undefined for what is only measured beside ours, such as a peer. */
  readonly expected?: Bound;
  /** Measures once or several times; `say` tells what goes on, for people who wait. */
  run(say: (progress: string) => void): Promise<Measured | Skipped>;
}

/** On which side of the number a good value lies. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

export interface Measured {
  /** The number that is stated: how it was made of the samples says the figure's file. */
  readonly value: number;
  readonly samples: readonly number[];
  /** What a reader should know beside the number. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

/** Why the figure can't be measured here. */
export interface Skipped {
  readonly skipped: string;
}

export function isSkipped(outcome: Measured | Skipped): outcome is Skipped {
  return 'skipped' in outcome;
}

/** The middle one, or the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** The number of a bound. */
export function boundOf(bound: Bound): number {
  return 'atMost' in bound ? bound.atMost : bound.atLeast;
}

export function holds(value: number, bound: Bound): boolean {
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}
