import type { Observable } from 'rxjs';
import type { Broadcasting } from './broadcast.ts';
import type {
  CallOptions,
  FileHandle,
  FileInfo,
  NodeServices,
  OrganismStatus,
  PutOptions,
  PutReceipt,
} from './services.ts';
import type { NodeId, Preset } from './words.ts';

/** How to start a node; every option has the default that a first try needs. */
export interface NodeOptions {
  /** Folder of the node's key, certificate, log and store; made where it is missing. */
  readonly data: string;
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Address to listen at. @default '127.0.0.1' */
  readonly host?: string;
  /** Genome files; a node keeps to those of its first start. @default as before, at first the shipped shardTree and ftreeFileMgr */
  readonly genomes?: readonly string[];
  /** URLs of nodes to join. A node that has an organism in its data folder, or is told to join, never founds one. */
  readonly join?: readonly string[];
  /** An invitation token; needed once per node, with `join`. */
  readonly invite?: string;
  /** Failure domain. @default the node's own id */
  readonly zone?: string;
  /** @default 'lan' */
  readonly preset?: Preset;
  /** Closes the node (a pause) when aborted. */
  readonly signal?: AbortSignal;
}

export interface NodeEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** A running node, as `startNode` returns it. */
export interface Node extends Broadcasting {
  readonly id: NodeId;
  readonly url: string;
  readonly services: NodeServices;
  status(): Promise<OrganismStatus>;
  put(source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutReceipt>;
  get(idOrName: string, options?: CallOptions): Promise<FileHandle>;
  remove(idOrName: string, options?: CallOptions): Promise<FileInfo>;
  /**
   * What happens in and to this node: `placed`, `view`, `suspected`, `repaired`, `stopped`, ... `failed` tells of a cell that
   * can't go on and leaves its tree (`relieved` once it has); with `node: true` the node itself ends.
   */
  readonly events$: Observable<NodeEvent>;
  /** A pause: finishes requests, flushes, tells the peers, keeps the slot. */
  close(): Promise<void>;
}
