import type { EpochMs, Invitation, Json, JsonObject, Member, NodeId, Slot, TreeId } from './words.ts';
import type { RegisterWrite } from './services.ts';

/** A place that a JOIN gives: which slot of which tree. */
export interface Place {
  readonly tree: TreeId;
  readonly slot: Slot;
  readonly weight: number;
  readonly seed: string;
}

/** A change of occupant: `to` null closes the slot, which is then the highest one. */
export interface Move {
  readonly tree: TreeId;
  readonly slot: Slot;
  readonly from: NodeId;
  readonly to: NodeId | null;
}

/** The entries of the organism's log. Applying one is idempotent and judges nothing: the leader has judged already. */
export type Entry =
  /** The first entry of a log: the founder, its trees and the preset. */
  | { readonly type: 'FOUND'; readonly founder: Member; readonly genomes: readonly GenomeSeed[]; readonly config: JsonObject; readonly nonce: string }
  | { readonly type: 'INVITE'; readonly invitation: Invitation }
  | { readonly type: 'JOIN'; readonly joins: readonly { readonly member: Member; readonly places: readonly Place[]; readonly invitation: string | null }[] }
  /** Takes nodes out of all their slots; the moves are chosen by the leader among cells it holds alive, ascending by slot. */
  | { readonly type: 'REPLACE'; readonly nodes: readonly NodeId[]; readonly reason: 'left' | 'dead' | 'revoked'; readonly moves: readonly Move[] }
  /** A restarted node is back in its slots. */
  | { readonly type: 'RETURN'; readonly member: Member }
  | { readonly type: 'VOTERS'; readonly voters: readonly NodeId[] }
  | { readonly type: 'SET'; readonly tree: TreeId; readonly writes: readonly RegisterWrite[] }
  | { readonly type: 'CONFIG'; readonly key: string; readonly value: Json };

export interface GenomeSeed {
  readonly genome: string;
  readonly fanout: number;
  readonly weight: number;
  readonly seed: string;
}

/** An entry at its place in the log. `hash` = SHA-256(previous hash, canonical form of the rest), hexadecimal. */
export interface LogRecord {
  readonly generation: number;
  readonly epoch: number;
  readonly index: number;
  /** By the leader's clock. */
  readonly at: EpochMs;
  readonly entry: Entry;
  readonly hash: string;
}
