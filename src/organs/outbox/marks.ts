import type { Outcome } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import { count, shape } from '../../contract/schema.ts';
import type { Message } from '../../contract/wire.ts';
import type { JsonObject, NodeId, TreeId } from '../../contract/words.ts';
import { SKIP_KIND } from './lane.ts';
import { laneName } from './rows.ts';

/** The body of a skip: the numbers after `after`, up to its own, have no message any more. */
export const skipSchema: JsonObject = shape({ after: count });

/** What a receiver does with a message of the ordered lane. */
export type Acceptance = 'apply' | 'duplicate' | 'gap' | 'malformed';

/** The highest number applied of what a peer sent to this node's cell of a tree; 0 for none. */
export function markOf(store: Pick<Store, 'get'>, from: NodeId, tree: TreeId | null): number {
  const mark = store.get('marks', markKey(from, tree));
  return typeof mark === 'number' ? mark : 0;
}

/** To be committed in one transaction with what the message led to: only then has it had its effect once. */
export function markFor(from: NodeId, tree: TreeId | null, number: number): Write {
  return { table: 'marks', key: markKey(from, tree), value: number };
}

/**
 * Whether a message of the ordered lane is the next one. A skip is applied by writing its mark alone.
 *
 * @param mark what `markOf` says of its sender and tree
 */
export function acceptOrdered(mark: number, message: Pick<Message, 'id' | 'kind' | 'body'>): Acceptance {
  const number = numberOf(message);
  if (number === undefined) return 'malformed';
  if (number <= mark) return 'duplicate';
  const after = message.kind === SKIP_KIND ? (message.body as { readonly after: number }).after : number - 1;
  return after <= mark ? 'apply' : 'gap';
}

/** The number of an ordered message; undefined where its id is none. */
export function numberOf({ id }: Pick<Message, 'id'>): number | undefined {
  const number = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** What the sender is told in place of an effect; the mark lets it find out who of the two has forgotten something. */
export function outcomeFor(acceptance: Exclude<Acceptance, 'apply'>, mark: number): Outcome {
  return { ok: false, code: acceptance, body: { mark } };
}

function markKey(from: NodeId, tree: TreeId | null): string {
  return `${from}/${laneName(tree)}`;
}
