import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import { count, shape } from '../../contract/schema.ts';
import type { Message } from '../../contract/wire.ts';
import type { JsonObject, NodeId, TreeId } from '../../contract/words.ts';
import { SKIP_KIND } from './lane.ts';
import { isPassing } from './refusals.ts';
import { laneName } from './rows.ts';

/** The body of a skip: the numbers after `after`, up to its own, have no message any more. */
export const skipSchema: JsonObject = shape({ after: count });

/** What a receiver does with a message of the ordered lane. */
export type Acceptance = 'apply' | 'duplicate' | 'gap' | 'malformed';

/** What a receiver remembers of the messages of one peer to one of its cells. */
export interface Mark {
  readonly from: NodeId;
  readonly tree: TreeId | null;
  /** The highest number that was applied or refused for good; 0 for none. */
  readonly settled: number;
  /**
   * The codes of those that were refused, by number. Without them a sender that missed the answer would take a repeat's
   * `duplicate` for applied; without the mark a late copy of the frame would be applied though its message is buried.
   */
  readonly refused: { readonly [number: string]: string };
}

export function readMark(store: Pick<Store, 'get'>, from: NodeId, tree: TreeId | null): Mark {
  const value = store.get('marks', markKey(from, tree));
  if (typeof value === 'number') return { from, tree, settled: value, refused: {} };
  const { settled, refused } = (value ?? { settled: 0, refused: {} }) as unknown as Pick<Mark, 'settled' | 'refused'>;
  return { from, tree, settled, refused };
}

/**
 * Whether a message of the ordered lane is the next one. A skip is applied by writing its mark alone.
 *
 * @param settled `Mark.settled` of its sender and tree
 */
export function acceptOrdered(settled: number, message: Pick<Message, 'id' | 'kind' | 'body'>): Acceptance {
  const number = numberOf(message);
  if (number === undefined) return 'malformed';
  if (number <= settled) return 'duplicate';
  const after = message.kind === SKIP_KIND ? (message.body as { readonly after: number }).after : number - 1;
  return after <= settled ? 'apply' : 'gap';
}

/** The number of an ordered message; undefined where its id is none. */
export function numberOf({ id }: Pick<Message, 'id'>): number | undefined {
  const number = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * What the sender is told in place of an effect: what it was told before, where the message was refused. The mark lets it
 * find out who of the two has forgotten something.
 */
export function outcomeFor(
  acceptance: Exclude<Acceptance, 'apply'>,
  { settled, refused }: Mark,
  { id, kind }: Pick<Message, 'id' | 'kind'>,
): Outcome {
  // A skip has come in the place of the message that was refused: nobody asks for that any more.
  const before = acceptance === 'duplicate' && kind !== SKIP_KIND ? refused[id] : undefined;
  return { ok: false, code: before ?? acceptance, body: { mark: settled } };
}

/**
 * To be committed in one transaction with what the message led to: only then has it had its effect once, or never.
 * Nothing where it is to be offered again.
 *
 * @param outcome undefined where it is taken and will be answered later
 */
export function markFor(mark: Mark, message: Pick<Message, 'id'>, outcome: Outcome | undefined): Write[] {
  const number = numberOf(message);
  const refusal = outcome === undefined || outcome.ok ? undefined : outcome.code;
  if (number === undefined || (refusal !== undefined && isPassing(refusal))) return [];
  const settled = Math.max(mark.settled, number);
  const known = recent(mark.refused, settled);
  const refused = refusal === undefined ? known : { ...known, [number]: refusal };
  const value = Object.keys(refused).length === 0 ? settled : { settled, refused };
  return [{ table: 'marks', key: markKey(mark.from, mark.tree), value }];
}

/** A sender has one frame under way, so what is more than a frame behind has been acknowledged. */
function recent(refused: Mark['refused'], settled: number): Mark['refused'] {
  const kept = Object.entries(refused).filter(([number]) => Number(number) > settled - LIMITS.frameMessagesMax);
  return Object.fromEntries(kept);
}

function markKey(from: NodeId, tree: TreeId | null): string {
  return `${from}/${laneName(tree)}`;
}
