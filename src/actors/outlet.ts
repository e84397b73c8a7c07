import type { Outcome, Recipient } from '../contract/organ.ts';
import type { Write } from '../contract/ports.ts';
import type { Message } from '../contract/wire.ts';
import type { Json, NodeId, TreeId } from '../contract/words.ts';

/** What an organ says to a peer's organ, before it gets an id and a frame. */
export interface OutboundMessage {
  readonly tree: TreeId | null;
  /** `organ.verb` */
  readonly kind: string;
  readonly body: Json;
}

/** The way out of a node, as actors see it. The runtime implements it over the membrane and the outbox. */
export interface Outlet {
  /** A question over the control lane. Resolves with `deadline` at the latest after `deadlineMs`. */
  ask(to: NodeId, message: OutboundMessage, deadlineMs: number): Promise<Outcome>;
  /** A message over the control lane whose answer nobody needs. */
  tell(to: NodeId, message: OutboundMessage): void;
  /** Another's message, with its author's signature, over the control lane. */
  relay(to: NodeId, message: Message): void;
  /**
   * Takes a durable message while the transaction of a step is put together: the rows it returns are committed with
   * that step. Where the recipient's queue is at its limit it throws `outbox-full`, and nothing of the step is kept; or,
   * where nobody waits for an answer and could come again, the message becomes a dead letter.
   */
  enqueue(to: Recipient, message: OutboundMessage, onFull: 'refuse' | 'bury'): readonly Write[];
  /** Rows that `enqueue` returned are on the disk: the queue may be sent. */
  enqueued(): void;
  /** These rows of `enqueue` will not be committed: their step failed. The queue must forget them. */
  abandoned(rows: readonly Write[]): void;
}
