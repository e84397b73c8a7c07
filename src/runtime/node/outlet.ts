import type { OutboundMessage, Outlet } from '../../actors/outlet.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome, Recipient } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Courier } from '../membrane/courier.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The durable queue, as the way out needs it. */
export type Queue = Pick<Outlet, 'enqueue' | 'enqueued' | 'abandoned'>;

/** The way out of a node: questions by the courier, what must arrive by the queue. */
export class NodeOutlet implements Outlet {
  readonly #courier: Courier;
  readonly #queue: Queue;
  readonly #vocabulary: Vocabulary;
  readonly #store: Store;

  constructor(parts: { courier: Courier; queue: Queue; vocabulary: Vocabulary; store: Store }) {
    this.#courier = parts.courier;
    this.#queue = parts.queue;
    this.#vocabulary = parts.vocabulary;
    this.#store = parts.store;
  }

  ask(to: NodeId, message: OutboundMessage, deadlineMs: number): Promise<Outcome> {
    const answered = this.#courier.ask(to, message, { deadlineMs });
    return answered.then((outcome) => this.#vocabulary.checkAnswer(message.kind, outcome));
  }

  tell(to: NodeId, message: OutboundMessage): void {
    void this.#courier.ask(to, message, { deadlineMs: LIMITS.askDeadlineMs });
  }

  relay(to: NodeId, message: Message): void {
    void this.#courier.relay(to, message);
  }

  enqueue(to: Recipient, message: OutboundMessage, onFull: 'refuse' | 'bury'): readonly Write[] {
    return this.#queue.enqueue(to, message, onFull);
  }

  enqueued(): void {
    this.#queue.enqueued();
  }

  abandoned(rows: readonly Write[]): void {
    this.#queue.abandoned(rows);
  }

  /** For what is no step of an organ: resolves once the message is on this node's disk. @throws Fault outbox-full, disk-full */
  async queue(to: Recipient, message: OutboundMessage): Promise<void> {
    const rows = this.enqueue(to, message, 'refuse');
    try {
      await this.#store.commit(rows);
    } catch (error) {
      this.abandoned(rows);
      throw error;
    }
    this.enqueued();
  }
}
