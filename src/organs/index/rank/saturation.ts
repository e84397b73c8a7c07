import { TUNING } from './tuning.ts';

/** What so many occurrences count for, in a text so much longer than the average (BM25, without the constant factor). */
export function saturated(occurrences: number, lengthRatio: number): number {
  const { saturation, lengths, lengthRatioMax } = TUNING;
  const norm = saturation * (1 - lengths + lengths * Math.min(lengthRatio, lengthRatioMax));
  return occurrences / (occurrences + norm);
}
