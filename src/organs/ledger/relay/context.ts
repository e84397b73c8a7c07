import type { Clock, Entropy } from '../../../contract/ports.ts';
import type { CallOptions } from '../../../contract/services.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import type { Committee, Verify } from '../committee.ts';
import type { Ask, Post } from './post.ts';

/** What the relays of one cell share. */
export interface RelayContext {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly verify: Verify;
  readonly post: Post;
  readonly ask: Ask;
  /** Asks this node's own ledger organ. Rejects with a Fault. */
  own(kind: string, body: Json): Promise<Json>;
}

/** A committee and the nodes that hold its seats, by seat. */
export interface Seats {
  readonly committee: Committee;
  readonly nodes: readonly NodeId[];
}

export type { CallOptions };
