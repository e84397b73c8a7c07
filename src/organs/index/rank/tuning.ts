/**
 * The one setting of the ranking, chosen on the even-numbered queries of the collections in docs/benchmarks.md and checked
 * on the others.
 */
export const TUNING = {
  /** How fast another occurrence of a word stops to count (BM25's k1). */
  saturation: 0.9,
  /** How much a long text must have more of a word (BM25's b). */
  lengths: 0.4,
  /** A file longer than so many average ones is not held against its length any further. */
  lengthRatioMax: 8,
  /** What each way of ranking weighs in the sum of the standardised scores. */
  weights: { words: 0.5, passage: 0.5, meaning: 0.55 },
} as const;
