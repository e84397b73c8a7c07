import { LIMITS } from '../../contract/limits.ts';
import type { Message } from '../../contract/wire.ts';
import type { TreeId } from '../../contract/words.ts';
import type { LaneRecord, Row } from './rows.ts';

/**
 * The messages between this node's cell of a tree and a peer's. A message gets its number when it is sent first, and keeps
 * it; numbers follow each other without gaps. A number whose message was taken away is sent as a skip.
 *
 *     1 ... acked        | acked+1 ... first-1 | first ... first+assigned-1 | not numbered
 *     applied or refused | nothing there       | sent, not acknowledged     | waiting
 */
export interface Lane {
  readonly acked: number;
  /** The number of `assigned[0]`. */
  readonly first: number;
  /** Null where a number has no message any more. */
  readonly assigned: readonly (Row | null)[];
  /** In the order of arrival. */
  readonly waiting: readonly Row[];
  /** The peer asked to be left alone until then, monotonic milliseconds. */
  readonly heldUntil: number;
}

export const EMPTY_LANE: Lane = { acked: 0, first: 1, assigned: [], waiting: [], heldUntil: 0 };

/** What a receiver applies in place of the messages numbered `after + 1` up to the skip's own number. */
export const SKIP_KIND = 'outbox.skip';

/** Room for the fields of a message around its body. */
const MESSAGE_OVERHEAD_BYTES = 512;
/** Room for the fields of a frame around its messages. */
const FRAME_OVERHEAD_BYTES = 4_096;

export function recordOf({ acked, first, assigned }: Lane): LaneRecord {
  return { acked, first, assigned: assigned.map((row) => row?.seq ?? 0) };
}

export function isBusy(lane: Lane): boolean {
  return lane.waiting.length > 0 || lane.assigned.length > 0;
}

export function rowsOf(lane: Lane): Row[] {
  return [...lane.assigned.filter((row) => row !== null), ...lane.waiting];
}

/** Puts a row where its arrival places it among the waiting. A row that is there already changes nothing. */
export function insertRow(lane: Lane, row: Row): Lane {
  const last = lane.waiting.at(-1);
  if (last === undefined || last.seq < row.seq) return { ...lane, waiting: [...lane.waiting, row] };
  if (lane.waiting.some(({ seq }) => seq === row.seq)) return lane;
  const at = lane.waiting.findIndex(({ seq }) => seq > row.seq);
  return { ...lane, waiting: lane.waiting.toSpliced(at, 0, row) };
}

/** Numbers as many waiting rows as fit into one frame with those that have a number already. */
export function assignNumbers(lane: Lane, messagesMax: number): Lane {
  const sent = lane.assigned.filter((row) => row !== null);
  let bytes = sent.reduce((sum, row) => sum + row.bytes + MESSAGE_OVERHEAD_BYTES, FRAME_OVERHEAD_BYTES);
  let count = 0;
  for (const row of lane.waiting) {
    bytes += row.bytes + MESSAGE_OVERHEAD_BYTES;
    const first = sent.length + count === 0;
    if (!first && (bytes > LIMITS.frameBytesMax || lane.assigned.length + count >= messagesMax)) break;
    count += 1;
  }
  if (count === 0) return lane;
  return { ...lane, assigned: [...lane.assigned, ...lane.waiting.slice(0, count)], waiting: lane.waiting.slice(count) };
}

/** The numbered messages, with skips where numbers are empty. */
export function messagesOf(lane: Lane, tree: TreeId | null): Message[] {
  const messages: Message[] = [];
  let after = lane.acked;
  lane.assigned.forEach((row, index) => {
    if (row === null) return;
    const number = lane.first + index;
    if (number > after + 1) messages.push({ id: String(number - 1), tree, kind: SKIP_KIND, body: { after } });
    messages.push({ id: String(number), tree, kind: row.kind, body: row.body });
    after = number;
  });
  return messages;
}

/** All numbers up to this one are settled at the receiver. `settled` are the rows that had them. */
export function acknowledge(lane: Lane, number: number): { readonly lane: Lane; readonly settled: readonly Row[] } {
  if (number <= lane.acked) return { lane, settled: [] };
  const count = Math.min(Math.max(number - lane.first + 1, 0), lane.assigned.length);
  const settled = lane.assigned.slice(0, count).filter((row) => row !== null);
  const first = Math.max(lane.first, number + 1);
  return { lane: trimmed({ ...lane, acked: number, first, assigned: lane.assigned.slice(count) }), settled };
}

/** Takes rows away: those without a number leave no trace, the numbers of the others stay behind empty. */
export function takeRows(lane: Lane, isTaken: (row: Row) => boolean): { readonly lane: Lane; readonly taken: Row[] } {
  const taken = rowsOf(lane).filter(isTaken);
  if (taken.length === 0) return { lane, taken };
  const assigned = lane.assigned.map((row) => (row !== null && isTaken(row) ? null : row));
  const waiting = lane.waiting.filter((row) => !isTaken(row));
  return { lane: trimmed({ ...lane, assigned, waiting }), taken };
}

/**
 * The receiver's mark isn't where this lane says: it has forgotten what it acknowledged (then what is gone is skipped), or
 * this node has forgotten what it had sent (then its messages get numbers that were never used).
 */
export function realign(lane: Lane, mark: number): Lane {
  return { ...lane, acked: mark, first: Math.max(lane.first, mark + 1) };
}

/** The lowest number that was never used. */
export function nextNumber(lane: Lane): number {
  return lane.first + lane.assigned.length;
}

function trimmed(lane: Lane): Lane {
  const empty = lane.assigned.findIndex((row) => row !== null);
  const count = empty < 0 ? lane.assigned.length : empty;
  return count === 0 ? lane : { ...lane, first: lane.first + count, assigned: lane.assigned.slice(count) };
}
