import type { Remembered } from '../../contract/memory.ts';
import type { FileId } from '../../contract/words.ts';
import type { IndexContext } from './context.ts';

/** How far a file is at this cell. */
export function stateOf(
  { memory }: IndexContext,
  id: FileId,
): { held: boolean; edition: string; remembered: Remembered; cut: boolean } {
  const outcome = memory.outcome(id);
  return outcome === undefined
    ? { held: false, edition: '', remembered: 'pending', cut: false }
    : { held: true, edition: outcome.edition, remembered: outcome.remembered, cut: outcome.cut };
}
