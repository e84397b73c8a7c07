import type { CatalogueService } from './catalogue.ts';
import type { Promotion } from './entries.ts';
import type { LedgerService } from './ledger.ts';
import type { LetterService } from './letters.ts';
import type { MemoryService } from './memory.ts';
import type { EpochMs, FileId, Json, NodeId, OrganismId, ShardHash, TreeId, View } from './words.ts';

/**
 * What a cell offers to the receptors, to the other cells of its node and to whoever embeds the runtime. The command
 * line, the HTTPS receptors and the embedding API make the same calls.
 */

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** @default LIMITS.askDeadlineMs */
  readonly deadlineMs?: number;
}

/** What the storing organs know of the tree they place into. */
export interface TreeService {
  readonly self: NodeId;
  readonly tree: TreeId;
  view(): View;
  /** The last committed views, newest first, this one included; at most 8. */
  recentViews(): readonly View[];
  /** What this node believes at the moment; never an act of authority. */
  alive(node: NodeId): boolean;
  /** True while this node hears of a leader with a majority. */
  sovereign(): boolean;
  /** A question over the control lane to the organ named by `kind` of the cell of the same tree. Rejects with a Fault. */
  ask(to: NodeId, kind: string, body: Json, options?: CallOptions): Promise<Json>;
  /** A durable message in the outbox: resolves once it is on this node's disk. */
  queue(to: NodeId, kind: string, body: Json): Promise<void>;
  /** Bytes to a peer's cell of this tree; resolves once the peer flushed them. */
  pushShard(to: NodeId, hash: ShardHash, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  /** Bytes of a peer's cell, not yet verified; undefined where it has none. */
  pullShard(to: NodeId, hash: ShardHash, options?: CallOptions): Promise<Uint8Array | undefined>;
}

export interface Register {
  readonly key: string;
  readonly value: Json;
  /** The log's version that set it; what a compare-and-set expects. 0 means: there is none. */
  readonly version: number;
}

export interface RegisterWrite {
  readonly key: string;
  /** The version the writer has seen; 0 for a register that must not exist yet. */
  readonly expected: number;
  /** null removes it. */
  readonly value: Json;
}

/** Replicated, linearizable registers of one tree. */
export interface RegisterService {
  /**
   * `linear` first asks the leader how far the log is and waits for it, and fails with `no-authority` where there is none;
   * `any` reads this node's copy; `best` is linear where there is a leader, else any.
   */
  read(key: string, consistency: 'linear' | 'any' | 'best', options?: CallOptions): Promise<Register | undefined>;
  /** This node's copy. */
  peek(key: string): Register | undefined;
  /** This node's copies, ascending by key. */
  list(options: { prefix: string; after?: string; limit: number }): readonly Register[];
  /** All or none. Resolves to the new version; rejects with `conflict` or `no-authority`. */
  set(writes: readonly RegisterWrite[], options?: CallOptions): Promise<number>;
}

export interface ShardService {
  /**
   * Stores and spreads; resolves to the bytes' name when enough distinct live nodes have flushed them. The bytes must stay
   * as they are until then. Rejects with `wrong-hash`, before anything is stored, where `hash` is given and isn't theirs.
   */
  put(bytes: Uint8Array, options?: CallOptions & { readonly hash?: ShardHash }): Promise<ShardHash>;
  /** Verified bytes, from here or another holder. Rejects with `not-found`, `maybe-elsewhere` or `corrupt`. */
  get(hash: ShardHash, options?: CallOptions): Promise<Uint8Array>;
  /** Size in bytes where this organism has it; rejects as `get` does. */
  stat(hash: ShardHash, options?: CallOptions): Promise<number>;
  /** How this node's share of the shards stands. Summed over the live nodes it tells the organism's. */
  storage(): Storage;
  /** Which of the shard's live holders have good bytes: each is asked to read and hash its copy. */
  audit(hash: ShardHash, options?: CallOptions): Promise<readonly { readonly node: NodeId; readonly ok: boolean }[]>;
}

export interface Storage {
  /** Shards for which this node is the first live holder. */
  readonly shards: number;
  readonly bytes: number;
  /** Those of them that have fewer than min(3, n) live copies. */
  readonly underReplicated: number;
}

export interface FileInfo {
  readonly id: FileId;
  readonly name: string;
  readonly bytes: number;
  readonly shards: number;
  /** Grows by one at every put under the same name. */
  readonly version: number;
  readonly storedAt: string;
  readonly etag: string;
}

export interface PutReceipt extends FileInfo {
  /** False when it is the next version of a name that was there. */
  readonly created: boolean;
}

export interface FileHandle extends FileInfo {
  /** The file's bytes in order, each piece verified before it is handed over. Nothing is kept in memory but the read-ahead. */
  read(options?: CallOptions): AsyncIterable<Uint8Array>;
}

export interface VerifyReport {
  readonly id: FileId;
  readonly name: string;
  readonly shards: number;
  readonly bytes: number;
  readonly ok: boolean;
  /** Copies over all shards and pages that were read and hashed at their holders, and those that failed. */
  readonly copies: { readonly good: number; readonly bad: number };
  readonly missing: readonly ShardHash[];
}

export interface FileService {
  put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<PutReceipt>;
  open(idOrName: string, options?: CallOptions): Promise<FileHandle>;
  remove(idOrName: string, options?: CallOptions): Promise<FileInfo>;
  list(options?: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<{ readonly files: readonly FileInfo[]; readonly next: string | null }>;
  verify(idOrName: string, options?: CallOptions): Promise<VerifyReport>;
}

/** The files that there are, by this node's copy of the registers, for those that keep something about them. */
export interface FileCatalogue {
  /** The tree whose registers it is. */
  readonly tree: TreeId;
  /** Ascending by id. */
  page(options: { readonly after?: FileId; readonly limit: number }): readonly FileInfo[];
  find(id: FileId): FileInfo | undefined;
  /** By id or name. Rejects with `not-found`, `bad-name`. */
  look(idOrName: string, options?: CallOptions): Promise<FileInfo>;
  /** Which files these writes of the tree's registers are about. */
  changedBy(writes: readonly RegisterWrite[]): readonly FileId[];
}

export interface PutOptions extends CallOptions {
  /** Its id where left out. */
  readonly name?: string;
  /** Fail with `already-exists` where the name is taken. @default false */
  readonly ifAbsent?: boolean;
  /** What the sender declared; a source that ends before it fails with `truncated`. */
  readonly bytes?: number;
  readonly onProgress?: (stored: { readonly bytes: number; readonly shards: number }) => void;
}

export type NodeState = 'live' | 'suspect' | 'paused' | 'dead';

/** A cell, or the node's shared organs (`stem`), that failed more often than supervision allows. */
export interface CellFailure {
  readonly genome: string;
  readonly organ: string;
  readonly error: string;
  readonly at: EpochMs;
}

export interface NodeStatus {
  readonly id: NodeId;
  readonly url: string;
  readonly zone: string;
  /** Null where the node can't be asked. */
  readonly pid: number | null;
  readonly data: string | null;
  readonly state: NodeState;
  readonly rejected: { readonly [reason: string]: number };
  /** Since its process started. Its slot in such a tree was given up, or will be. */
  readonly failures: readonly CellFailure[];
}

export interface TreeStatus {
  readonly genome: string;
  readonly treeId: TreeId;
  /** Children per cell: what draws the slots as a tree. */
  readonly fanout: number;
  readonly generation: number;
  readonly epoch: number;
  readonly version: number;
  readonly sovereign: boolean;
  /** Ascending by slot; the root is slot 1. `state` is the mode of the cell's tree organ, `unknown` where it can't be asked. */
  readonly cells: readonly { readonly slot: number; readonly node: NodeId; readonly state: string }[];
}

/** What `peertree status --json` and `GET /organism` show. */
export interface OrganismStatus {
  readonly organism: string;
  readonly node: NodeId;
  /** Who opened the newest epoch that this node knows of; it may be gone. */
  readonly leader: NodeId | null;
  /** Whose majority decides. */
  readonly voters: readonly NodeId[];
  readonly nodes: readonly NodeStatus[];
  readonly trees: readonly TreeStatus[];
  readonly storage: Storage;
  readonly queues: { readonly outbox: number; readonly deadLetters: number };
}

/** One node's own share of the status. */
export interface LocalStatus {
  readonly pid: number;
  readonly data: string;
  readonly rejected: { readonly [reason: string]: number };
  readonly cells: readonly { readonly treeId: TreeId; readonly state: string }[];
  readonly storage: Storage;
  readonly queues: { readonly outbox: number; readonly deadLetters: number };
  readonly failures: readonly CellFailure[];
}

export interface InvitationOptions {
  /** @default 1 */
  readonly uses?: number;
  /** @default 3_600_000 (one hour) */
  readonly expiresInMs?: number;
}

/** What `peertree promote --force` would have the operator sign. */
export interface PromotionDraft {
  readonly organism: OrganismId;
  readonly promotion: Omit<Promotion, 'warrant'>;
  /** Nodes with a slot that would lose it: this node does not hold them alive. */
  readonly lost: readonly NodeId[];
  /** A leader with a majority is within reach: there is nothing to be forced. */
  readonly sovereign: boolean;
}

export interface PromoteOptions {
  /** Although a leader with a majority is within reach. @default false */
  readonly despiteMajority?: boolean;
}

/** What another side had decided differently before it came to a later generation. */
export interface Conflict {
  readonly genome: string;
  /** The register that keeps it: `conflict:GENERATION-VERSION:KEY`. Of a file's head it is a name that `get` takes. */
  readonly register: string;
  /** The register that it was the value of. */
  readonly key: string;
  readonly value: Json;
}

/** Everything a receptor may call. */
export interface NodeServices {
  readonly id: NodeId;
  readonly url: string;
  readonly files: FileService;
  readonly shards: ShardService;
  readonly ledger: LedgerService;
  readonly letters: LetterService;
  /** Rejects with `no-actor` where no installed genome remembers files. */
  readonly memory: MemoryService;
  /** The organs of the cell of a genome, by name. @throws Fault `no-actor` where this node has none that can be asked so */
  catalogue(genome: string): CatalogueService;
  /** Whether a key is a member's of the organism. */
  knows(node: NodeId): boolean;
  status(): Promise<OrganismStatus>;
  /** True once every cell of this node is placed. */
  ready(): boolean;
  /** A token that lets newcomers in. Needs authority. */
  invite(options?: InvitationOptions): Promise<string>;
  /** Tells the whole organism to stand still: nobody suspects or repairs until it is started again. Resolves to the number of nodes told. */
  halt(): Promise<number>;
  /** Bars a member's key for good. `warrant` is a signature of the organism's key: see `Command`. Needs authority. */
  revoke(node: NodeId, warrant: string): Promise<void>;
  /** How this node would begin a new generation without the others. */
  draftPromotion(): Promise<PromotionDraft>;
  /** Begins it, by the operator's signature. Resolves once it is on the disk. */
  promote(
    promotion: Promotion,
    options?: PromoteOptions,
  ): Promise<{ readonly generation: number; readonly version: number }>;
  /** Values of other generations that the organism has kept beside its own, by this node's copy. */
  conflicts(): readonly Conflict[];
  /** Hands over shards and queue, then gives up the slots. Resolves when the node may exit. */
  leave(): Promise<void>;
}
