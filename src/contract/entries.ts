import type { RegisterWrite } from './services.ts';
import type { JoinRequest } from './wire.ts';
import type { EpochMs, Invitation, Json, JsonObject, Member, NodeId, Slot, TreeId } from './words.ts';

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
  /** The first entry of a log: the founder and its trees, under a charter signed with the organism's key. */
  | Founding
  | { readonly type: 'INVITE'; readonly invitation: Invitation }
  | {
      readonly type: 'JOIN';
      readonly joins: readonly {
        readonly member: Member;
        readonly places: readonly Place[];
        readonly invitation: string | null;
      }[];
    }
  /** Takes nodes out of their slots; the moves are chosen by the leader among cells it holds alive, ascending by slot. */
  | {
      readonly type: 'REPLACE';
      readonly nodes: readonly NodeId[];
      /** `failed`: they give up only the slots of the cells that can't go on, and stay members. */
      readonly reason: 'left' | 'dead' | 'revoked' | 'failed';
      readonly moves: readonly Move[];
    }
  /** A restarted node is back in its slots. */
  | { readonly type: 'RETURN'; readonly member: Member }
  /**
   * The voters from here on, effective on append. With `leaving`, everything needs a majority of those as well, until the
   * leader has followed it with the same voters alone.
   */
  | { readonly type: 'VOTERS'; readonly voters: readonly NodeId[]; readonly leaving?: readonly NodeId[] }
  | Promotion
  /** The first entry of a leader in its epoch; it changes nothing. */
  | { readonly type: 'LEAD'; readonly leader: NodeId }
  | { readonly type: 'SET'; readonly tree: TreeId; readonly writes: readonly RegisterWrite[] }
  | { readonly type: 'CONFIG'; readonly key: string; readonly value: Json }
  /** Gives messages their places in a tree's ordered channel; each is named by the SHA-256 of what its author signed. */
  | { readonly type: 'ORDER'; readonly tree: TreeId; readonly hashes: readonly string[] };

/** The organism's id is a hash of `operator` and `nonce`, so whoever knows the id can check the whole log from here. */
export interface Founding {
  readonly type: 'FOUND';
  readonly founder: Member;
  readonly genomes: readonly GenomeSeed[];
  readonly config: JsonObject;
  /** SPKI of the organism's key, base64url. */
  readonly operator: string;
  readonly nonce: string;
  /** By the organism's key over the canonical form of the rest, domain `organism-key`. */
  readonly charter: string;
}

/**
 * The first entry of a new generation: the organism's operator has decided that the log goes on from here, with one voter at
 * first, though those who voted until now have not. The slots are those of the nodes kept. Every view is compared by its
 * generation first, so whatever another side of the organism has decided since is void as soon as the two meet.
 */
export interface Promotion {
  readonly type: 'PROMOTE';
  /** Greater than that of every view that it follows; `nextGeneration`. */
  readonly generation: number;
  /** The version that it goes on from, proven in its own generation, and the log's hash there. */
  readonly after: number;
  readonly hash: string;
  /** Who votes alone, until others can. */
  readonly by: NodeId;
  /** Ascending. Everybody else stays a member, but has no slot any more. */
  readonly keeps: readonly NodeId[];
  /** By the organism's key over the canonical form of the rest and of the organism's id, domain `organism-key`. */
  readonly warrant: string;
}

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

/** What a node asks of the leader; the leader answers with the version that has it, or says why not. */
export type Command =
  | { readonly type: 'join'; readonly request: JoinRequest }
  /** A restarted member: gets its slots back, or new ones where they were given away. */
  | { readonly type: 'return'; readonly member: Member; readonly genomes: readonly string[]; readonly weight: number }
  /** With `trees`, the node only gives up its slots in those, whose cells can't go on. */
  | { readonly type: 'leave'; readonly node: NodeId; readonly trees?: readonly TreeId[] }
  /** `warrant`: by the organism's key over the canonical form of `{node, organism, type: 'REVOKE'}`, domain `organism-key`. */
  | { readonly type: 'revoke'; readonly node: NodeId; readonly warrant: string }
  | { readonly type: 'invite'; readonly invitation: Invitation }
  | { readonly type: 'set'; readonly tree: TreeId; readonly writes: readonly RegisterWrite[] }
  | { readonly type: 'config'; readonly key: string; readonly value: Json }
  | { readonly type: 'order'; readonly tree: TreeId; readonly hashes: readonly string[] };
