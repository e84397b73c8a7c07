import { canonical, utf8 } from '../../contract/encoding.ts';
import type { Recipient } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import type { EpochMs, Json, NodeId, TreeId } from '../../contract/words.ts';

/** What is to be sent, as a step of an organ hands it over. */
export interface Dispatch {
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
  /** The message in whose place it is sent again. */
  readonly replays?: number;
}

/** A durable message on its way. */
export interface Row extends Dispatch {
  /** Its place in the order of arrival at this node; its key in the table, and what people call it by. */
  readonly seq: number;
  readonly to: Recipient;
  /** Of the canonical body. */
  readonly bytes: number;
  readonly expiresAt: EpochMs;
  /** Why it is not sent at all, but buried as soon as it is on the disk. */
  readonly lost?: string;
}

/** The numbering between this node's cell of a tree and a peer's, as it is on the disk. */
export interface LaneRecord {
  readonly acked: number;
  readonly first: number;
  /** The rows that have the numbers from `first` on; 0 where a number has no row any more. */
  readonly assigned: readonly number[];
}

const ROW = 'row/';
const LANE = 'lane/';
/** As many digits as the largest safe integer has, so that keys sort by number. */
const DIGITS = 16;

export function sortable(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

export function rowKey(seq: number): string {
  return `${ROW}${sortable(seq)}`;
}

/** What concerns the node as a whole has a lane of its own beside those of the trees. */
export function laneName(tree: TreeId | null): string {
  return tree ?? 'node';
}

export function treeOfLane(name: string): TreeId | null {
  return name === 'node' ? null : name;
}

export function laneKey(peer: NodeId, lane: string): string {
  return `${LANE}${peer}/${lane}`;
}

export function ofLaneKey(key: string): { readonly peer: NodeId; readonly lane: string } {
  const [peer = '', lane = ''] = key.slice(LANE.length).split('/');
  return { peer, lane };
}

export const ROWS = { prefix: ROW };
export const LANES = { prefix: LANE };

export function bytesOf(body: Json): number {
  return utf8(canonical(body)).length;
}

export function putRow({ seq, to, ...row }: Row): Write {
  return { table: 'outbox', key: rowKey(seq), value: { to: { ...to }, ...row } };
}

export function removeRow({ seq }: Row): Write {
  return { table: 'outbox', key: rowKey(seq), remove: true };
}

/** The id of the message that a write of `putRow` queues. */
export function rowNumber({ key }: Write): number {
  return Number(key.slice(ROW.length));
}

export function readRow(key: string, value: Json): Row {
  return { ...(value as unknown as Omit<Row, 'seq'>), seq: Number(key.slice(ROW.length)) };
}

/** Who a row waits for, as one text: rows for one identity or one role are bounded together. */
export function recipientName(to: Recipient): string {
  return 'cell' in to ? to.cell : `${to.tree}/${to.slot}`;
}
