import type { JsonObject } from '../../contract/words.ts';

/**
 * The leader's sign of life. It grows by one every `beatEveryMs` while a leader has its authority, and everybody keeps
 * the highest one heard of: a beat that no longer grows means that no leader is within reach.
 */
export interface Beat extends JsonObject {
  readonly generation: number;
  readonly epoch: number;
  readonly number: number;
}

export const NO_BEAT: Beat = { epoch: 0, generation: 0, number: 0 };

/** Positive where `a` is the later one. */
export function compareBeats(a: Beat, b: Beat): number {
  return a.generation - b.generation || a.epoch - b.epoch || a.number - b.number;
}

/**
 * The next beat of the leader of an epoch. It goes on from the highest one heard, so that a leader which was restarted
 * within its epoch, and counts from nothing, is believed again after one exchange.
 */
export function nextBeat(known: Beat, term: { readonly generation: number; readonly epoch: number }): Beat {
  const { generation, epoch } = term;
  const same = known.generation === generation && known.epoch === epoch;
  return { epoch, generation, number: same ? known.number + 1 : 1 };
}
