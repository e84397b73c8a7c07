import { canonical, utf8 } from '../../contract/encoding.ts';
import type { Recipient } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import type { EpochMs, Json, NodeId, TreeId } from '../../contract/words.ts';

/** What is to be sent, as a step of an organ hands it over. */
export interface Dispatch {
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
}

/** A durable message on its way. */
export interface Row extends Dispatch {
  /** Its place in the order of arrival at this node; its key in the table. */
  readonly seq: number;
  readonly to: Recipient;
  /** Of the canonical body. */
  readonly bytes: number;
  readonly expiresAt: EpochMs;
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

export function putRow({ seq, to, tree, kind, body, bytes, expiresAt }: Row): Write {
  const value = { to: { ...to }, tree, kind, body, bytes, expiresAt };
  return { table: 'outbox', key: rowKey(seq), value };
}

export function removeRow({ seq }: Row): Write {
  return { table: 'outbox', key: rowKey(seq), remove: true };
}

export function readRow(key: string, value: Json): Row {
  return { ...(value as unknown as Omit<Row, 'seq'>), seq: Number(key.slice(ROW.length)) };
}

/** Who a row waits for, as one text: rows for one identity or one role are bounded together. */
export function recipientName(to: Recipient): string {
  return 'cell' in to ? to.cell : `${to.tree}/${to.slot}`;
}
