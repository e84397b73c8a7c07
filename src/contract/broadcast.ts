import type { Observable } from 'rxjs';
import type { CallOptions } from './services.ts';
import type { Json, NodeId } from './words.ts';

/** How something is told to all cells of a tree. `deadlineMs` is how long the count is waited for. */
export interface BroadcastOptions extends CallOptions {
  /** To the cells of which genome. @default the node's first genome */
  readonly genome?: string;
  /**
   * `origin`: each node's messages arrive in the order in which it told them. `total`: all cells hear all such messages in
   * one order, which the organism's log decides; a fragment without authority refuses them. @default 'origin'
   */
  readonly order?: 'origin' | 'total';
  /** Whether to wait until the cells that have it are counted. @default true */
  readonly confirm?: boolean;
  /** Whether cells that join or start later are told as well, while the message is retained. @default true */
  readonly late?: boolean;
}

/** What became of a message. */
export interface BroadcastReceipt {
  /** Which one it is of its node's messages, or its place in the order of all; both from 1. */
  readonly number: number;
  /** The cells that are known to have it, this one included; others may have it, too. */
  readonly confirmed: number;
  /** The cells of the tree. */
  readonly cells: number;
}

/** A message as a cell hears it. */
export interface HeardMessage {
  readonly genome: string;
  readonly topic: string;
  readonly body: Json;
  /** The node that told it: its signature was checked. */
  readonly origin: NodeId;
  /** Which start of that node's process it is; `number` begins anew with each. */
  readonly incarnation: number;
  readonly order: 'origin' | 'total';
  readonly number: number;
}

/** Telling all cells of a tree something, and hearing what they tell. */
export interface Broadcasting {
  /**
   * Tells all cells of a tree, this node's own included. A topic has up to 64 characters and does not begin with
   * `organism.`; the body is JSON of up to `LIMITS.broadcastBytesMax`. Resolves when all cells are known to have it, at
   * the latest by the deadline with those that are.
   *
   * @throws Fault `no-authority` (`total` where no majority is in reach), `too-large`, `busy`, `starting`, `no-actor`;
   * `deadline` where it is not known whether it got a place in the order
   * @example const { confirmed, cells } = await node.broadcast('prices', { bread: 3 }, { deadlineMs: 5_000 })
   */
  broadcast(topic: string, body: Json, options?: BroadcastOptions): Promise<BroadcastReceipt>;
  /**
   * What the cells of this node's trees tell: first what was heard since the node started, as far as it is retained, then
   * everything as it comes; each message once.
   *
   * @example node.messages$.pipe(filter(({ topic }) => topic === 'prices')).subscribe(({ body }) => show(body))
   */
  readonly messages$: Observable<HeardMessage>;
}
