import type { Timing } from '../../contract/limits.ts';
import type { Recipient, Step } from '../../contract/organ.ts';
import type { Store } from '../../contract/ports.ts';
import { occupantOf } from '../../contract/slots.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { EMPTY_LANE, insertRow, isBusy, type Lane, rowsOf } from './lane.ts';
import { type Letters, readLetters } from './letters.ts';
import type { PeerMode } from './machine.ts';
import { LANES, type LaneRecord, laneName, ofLaneKey, ROWS, type Row, readRow } from './rows.ts';

export interface OutboxFacts {
  readonly view: View | null;
  readonly peers: { readonly [node: NodeId]: PeerQueue };
  /** For roles that nobody holds, in the order of arrival. */
  readonly unplaced: readonly Row[];
  readonly letters: Letters;
  /** When rows are next looked through for expired ones; null where there are none. */
  readonly sweepAt: number | null;
  readonly armedFor: number | null;
}

/** The queue to one peer: one frame in flight, over all its lanes. Moments are monotonic milliseconds. */
export interface PeerQueue {
  readonly mode: PeerMode;
  readonly lanes: { readonly [lane: string]: Lane };
  /** The lane of the frame in flight. */
  readonly flight: string | null;
  /** The lane served last, so that they take turns. */
  readonly turn: string;
  /** Failures in a row. */
  readonly attempt: number;
  /** When it is tried again, or gets its next frame while it is flushed. */
  readonly dueAt: number | null;
}

export interface OutboxOptions {
  readonly timing: Timing;
}

export type OutboxStep = Step<OutboxFacts>;

export const IDLE_PEER: PeerQueue = { mode: 'idle', lanes: {}, flight: null, turn: '', attempt: 0, dueAt: null };

export interface Restored {
  readonly facts: OutboxFacts;
  /** Rows that are not sent, but still to be buried. */
  readonly lost: readonly Row[];
}

/** The tables as they are, whatever a crash left in them: a row that no lane has numbered waits where it belongs. */
export function restored(store: Pick<Store, 'get' | 'range'>): Restored {
  const rows = new Map<number, Row>();
  for (const [key, value] of store.range('outbox', ROWS)) {
    const row = readRow(key, value);
    rows.set(row.seq, row);
  }
  let facts: OutboxFacts = {
    view: null,
    peers: {},
    unplaced: [],
    letters: readLetters(store),
    sweepAt: null,
    armedFor: null,
  };
  for (const [key, value] of store.range('outbox', LANES)) {
    const { peer, lane } = ofLaneKey(key);
    const { acked, first, assigned } = value as unknown as LaneRecord;
    const numbered = assigned.map((seq) => rows.get(seq) ?? null);
    for (const seq of assigned) rows.delete(seq);
    facts = withLane(facts, peer, lane, { ...EMPTY_LANE, acked, first, assigned: numbered });
  }
  const waiting = [...rows.values()];
  const lost = waiting.filter((row) => row.lost !== undefined);
  return {
    facts: placeRows(
      facts,
      waiting.filter((row) => row.lost === undefined),
    ),
    lost,
  };
}

/** Gives rows to the queues of those who are to get them. */
export function placeRows(facts: OutboxFacts, rows: readonly Row[]): OutboxFacts {
  let next = facts;
  for (const row of rows) {
    const node = holderOf(next.view, row.to);
    const lane = laneName(row.tree);
    if (node !== undefined) next = withLane(next, node, lane, insertRow(laneOf(next, node, lane), row));
    else if (!next.unplaced.some(({ seq }) => seq === row.seq)) {
      next = { ...next, unplaced: [...next.unplaced, row].sort((a, b) => a.seq - b.seq) };
    }
  }
  return next;
}

/** Who a recipient is by this view; undefined for a role that nobody holds. */
export function holderOf(view: View | null, to: Recipient): NodeId | undefined {
  if ('cell' in to) return to.cell;
  const map = view?.trees[to.tree];
  return map === undefined ? undefined : occupantOf(map, to.slot)?.node;
}

export function peerOf(facts: OutboxFacts, node: NodeId): PeerQueue {
  return facts.peers[node] ?? IDLE_PEER;
}

export function laneOf(facts: OutboxFacts, node: NodeId, lane: string): Lane {
  return peerOf(facts, node).lanes[lane] ?? EMPTY_LANE;
}

export function withPeer(facts: OutboxFacts, node: NodeId, change: Partial<PeerQueue>): OutboxFacts {
  return { ...facts, peers: { ...facts.peers, [node]: { ...peerOf(facts, node), ...change } } };
}

export function withLane(facts: OutboxFacts, node: NodeId, name: string, lane: Lane): OutboxFacts {
  return withPeer(facts, node, { lanes: { ...peerOf(facts, node).lanes, [name]: lane } });
}

/** Everything that waits, in no particular order. */
export function allRows(facts: OutboxFacts): Row[] {
  const lanes = Object.values(facts.peers).flatMap((peer) => Object.values(peer.lanes));
  return [...lanes.flatMap(rowsOf), ...facts.unplaced];
}

/** What `status` shows: messages that wait, and letters that nobody will get. */
export function queueSizes(facts: OutboxFacts): { readonly outbox: number; readonly deadLetters: number } {
  return { outbox: allRows(facts).length, deadLetters: facts.letters.numbers.length };
}

/** Whether nothing waits for a peer that can be reached. */
export function isDrained(facts: OutboxFacts): boolean {
  return Object.values(facts.peers).every(
    ({ mode, flight, lanes }) => flight === null && (mode === 'blocked' || !Object.values(lanes).some(isBusy)),
  );
}
