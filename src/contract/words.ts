/**
 * The words that every part of the runtime shares. Ids are plain strings whose alphabet and length are fixed, so that
 * they can be keys of a record, parts of a path and members of canonical JSON without any conversion.
 */

/** A node: base32 (RFC 4648, lower case, no padding) of the SHA-256 of its SPKI, 52 characters. */
export type NodeId = string;
/** An organism: base32 of SHA-256 over its founding key and a nonce, 52 characters. */
export type OrganismId = string;
/** A tree: base32 of SHA-256 over the organism's id and the genome's name, so an upgrade of a genome keeps its tree. */
export type TreeId = string;
/** A file: 52 lower-case base32 characters, stable over the file's versions. */
export type FileId = string;
/** The SHA-256 of a shard's stored bytes, 64 lower-case hexadecimal characters. */
export type ShardHash = string;
/** A position in a tree, which is the role: 1 is the root, numbered in heap order without gaps. */
export type Slot = number;
/** Milliseconds since the Unix epoch, by the clock of whoever wrote it. */
export type EpochMs = number;

/** JSON that survives the canonical form unchanged: no undefined, no NaN, no BigInt. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What fences an act of authority. Views compare by (generation, version); epoch is the term of the leader. */
export interface Fence {
  readonly generation: number;
  readonly epoch: number;
  readonly version: number;
}

/** An admitted key. Members stay in the roster after they lost their slots, so that they can come back. */
export interface Member {
  readonly node: NodeId;
  /** SubjectPublicKeyInfo, DER, base64url. */
  readonly spki: string;
  /** Where the node's membrane listens, most useful first: `https://host:port`. */
  readonly urls: readonly string[];
  /** The failure domain; placement spreads over distinct zones first. */
  readonly zone: string;
  /** Grows by one at every start of the node's process. */
  readonly incarnation: number;
  readonly revoked: boolean;
}

/** Who sits in a slot, with what placement needs to rank it alike everywhere. */
export interface Occupant {
  readonly node: NodeId;
  /** A power of two; a cell of weight 2 gets twice the shards of a cell of weight 1. */
  readonly weight: number;
  /** Random, written by the leader at JOIN and kept by RETURN, so that nobody can choose its place in the ranking. */
  readonly seed: string;
}

/** The committed slot map of one tree: `slots[0]` is slot 1, the root. */
export interface TreeMap {
  readonly tree: TreeId;
  readonly genome: string;
  /** Children per cell (k). */
  readonly fanout: number;
  /** The log's version that last changed these slots: what an edge of the tree carries. */
  readonly version: number;
  readonly slots: readonly Occupant[];
}

/** One committed version of everything the organism agreed on, except the registers, which live in the store. */
export interface View extends Fence {
  readonly organism: OrganismId;
  /** Chained SHA-256 over the log up to `version`, hexadecimal. */
  readonly hash: string;
  readonly voters: readonly NodeId[];
  /** The voters of before, while a change is under way: everything needs a majority of these as well. Else empty or left out. */
  readonly leaving?: readonly NodeId[];
  /** Who began the epoch of the newest entry. Left out in views of before there were epochs with leaders of their own. */
  readonly leader?: NodeId;
  /** Where each generation but the first began, oldest first; left out while there is only the first. */
  readonly lineage?: readonly Descent[];
  readonly members: { readonly [node: NodeId]: Member };
  readonly invitations: { readonly [id: string]: Invitation };
  /** By tree id. The first one in `genomes` carries the voters. */
  readonly trees: { readonly [tree: TreeId]: TreeMap };
  /** How far the ordered channel of each tree is; a tree in which nothing was ordered yet is left out. */
  readonly ordered?: { readonly [tree: TreeId]: Ordering };
  /** Names of the installed genomes, in the order of their installation. */
  readonly genomes: readonly string[];
  readonly config: JsonObject;
}

/** The entry by which a generation began. */
export interface Descent {
  readonly generation: number;
  /** The version that this entry led to. */
  readonly version: number;
}

/** The messages of a tree's ordered channel, as far as they have their places: 1, 2, 3, ... */
export interface Ordering {
  readonly count: number;
  /** Chained SHA-256 over their hashes, hexadecimal: `inOrder` in ordering.ts. */
  readonly chain: string;
}

/** A one-off key that lets newcomers in; `id` is the base32 SHA-256 of its SPKI. */
export interface Invitation {
  readonly id: string;
  readonly spki: string;
  /** How many newcomers may still use it. */
  readonly usesLeft: number;
  /** By the leader's clock. */
  readonly expiresAt: EpochMs;
}

/**
 * Signatures of a majority of the voters over (organism, generation, epoch, version, hash); of both lists of voters while
 * they change.
 */
export interface Proof extends Fence {
  readonly organism: OrganismId;
  readonly hash: string;
  readonly signatures: readonly { readonly node: NodeId; readonly signature: string }[];
}

/** How fast suspicion works; chosen by how far apart the nodes are. */
export type Preset = 'local' | 'lan' | 'wan';
