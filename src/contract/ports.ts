import type { SchedulerLike } from 'rxjs';
import type { Frame, FrameReply, SignatureDomain } from './wire.ts';
import type { Json, NodeId, ShardHash, TreeId } from './words.ts';

/**
 * The ports: all that an organ can know of or do to the world outside it. Each has a real adapter and an in-memory twin
 * in src/runtime, and one compliance suite that both pass.
 */

/** Takes back what was scheduled; calling it again does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Wall time in epoch milliseconds. May jump. */
  now(): number;
  /** Milliseconds that only ever grow. */
  monotonic(): number;
  /** Calls `task` once after `delayMs` (never inside this call, not even for 0). */
  schedule(delayMs: number, task: () => void): Cancel;
  /** The same clock for RxJS operators. */
  readonly scheduler: SchedulerLike;
  /** The same clock for XState actors. */
  readonly timers: {
    setTimeout(task: (...args: unknown[]) => void, delayMs: number): unknown;
    clearTimeout(handle: unknown): void;
  };
}

export interface Entropy {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). For choices and jitter, never for keys. */
  float(): number;
}

/** The tables of a node's store. `shards` holds bytes, every other one JSON records. */
export const TABLES = [
  'meta',
  'facts',
  'log',
  'registers',
  'outbox',
  'marks',
  'deadLetters',
  'shardIndex',
  'memory',
  'shards',
  'ledger',
] as const;
export type Table = (typeof TABLES)[number];

export type Write =
  | { readonly table: Exclude<Table, 'shards'>; readonly key: string; readonly value: Json }
  | { readonly table: 'shards'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly table: Table; readonly key: string; readonly remove: true };

export interface RangeOptions {
  /** Only keys that start with it. */
  readonly prefix?: string;
  /** Only keys strictly greater. */
  readonly after?: string;
  /** @default no limit */
  readonly limit?: number;
  /** From the highest key down. @default false */
  readonly reverse?: boolean;
}

export interface Store {
  get(table: Exclude<Table, 'shards'>, key: string): Json | undefined;
  /** A copy that the caller may keep. */
  bytes(key: string): Uint8Array | undefined;
  has(table: Table, key: string): boolean;
  /** Keys ascend by UTF-8 bytes. The store must not be written while iterating. */
  range(table: Exclude<Table, 'shards'>, options?: RangeOptions): Iterable<readonly [key: string, value: Json]>;
  /**
   * All writes or none, in the order of the calls. Resolves when they are flushed to the disk, after which reads see
   * them and a crash can't lose them. Rejects with `disk-full` (and keeps nothing of them) when the disk has no room.
   */
  commit(writes: readonly Write[]): Promise<void>;
  /** True after `disk-full`, until a commit of removals succeeds, or another one that is tried once in a while. */
  readonly full: boolean;
  close(): Promise<void>;
}

export interface Signer {
  readonly node: NodeId;
  /** SubjectPublicKeyInfo, DER, base64url. */
  readonly spki: string;
  /** IEEE P1363, base64url, over `peertree/<domain>/1\n` followed by the bytes. */
  sign(domain: SignatureDomain, bytes: Uint8Array): string;
  /** False for any signature that is not exactly this key's over exactly these bytes; never throws. */
  verify(domain: SignatureDomain, bytes: Uint8Array, signature: string, spki: string): boolean;
}

/** The SHA-256 of bytes, hexadecimal. A pool of workers may compute it beside the event loop. */
export type Hasher = (bytes: Uint8Array) => string | Promise<string>;

export type LogFields = { readonly [key: string]: Json | undefined };
/** The operator's log: one line a fact, machine-readable. Named so that nobody mistakes it for the organism's log. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  child(fields: LogFields): Log;
}

/** Who is at the other end of a connection, by the key of its TLS certificate. */
export interface PeerIdentity {
  readonly node: NodeId;
  readonly spki: string;
}

/** What crosses the boundary between two nodes. Bytes are canonical JSON already signed, or a shard. */
export type PeerRequest =
  | {
      readonly route: 'frame';
      readonly lane: 'control' | 'ordered';
      readonly bytes: Uint8Array;
      readonly signature: string;
      /** Between nodes of one simulated process: what the bytes would say, by reference. Then there are no bytes. */
      readonly sealed?: Frame;
    }
  | { readonly route: 'shard.put'; readonly tree: TreeId; readonly hash: ShardHash; readonly bytes: Uint8Array }
  | { readonly route: 'shard.get'; readonly tree: TreeId; readonly hash: ShardHash };

/** `status` is the HTTP status. A reply to a frame carries a signature, a refusal a problem with a stable code. */
export interface PeerResponse {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly signature?: string;
  /** The key that the other end presented, DER, base64url. Filled in by `exchange`; handlers leave it out. */
  readonly spki?: string;
  /** The answer to a sealed frame, by reference. Then there are no bytes. */
  readonly sealed?: FrameReply;
}

export interface PeerAddress {
  /** The key that the other end must present; anything else is refused before a byte is sent. */
  readonly node: NodeId;
  readonly url: string;
}

export interface ExchangeOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Answers what comes in. `peer` is null where the other end showed no certificate. */
export type PeerHandler = (peer: PeerIdentity | null, request: PeerRequest) => Promise<PeerResponse>;

/** The node's boundary as a transport: pinned both ways, authenticated, carrying bytes. */
export interface Membrane {
  /** Starts to listen; resolves to the URL that others reach it at. Fails with `port-in-use`. */
  listen(handler: PeerHandler): Promise<string>;
  /** Rejects with `unreachable`, `wrong-key` or `deadline`; any answer of the other end resolves. */
  exchange(to: PeerAddress, request: PeerRequest, options: ExchangeOptions): Promise<PeerResponse>;
  /** Refuses new work, lets requests in flight finish within `graceMs`, then closes every socket. */
  close(graceMs?: number): Promise<void>;
}
