import type { FastifyReply, onRequestAsyncHookHandler } from 'fastify';
import { Fault } from '../../contract/errors.ts';

/**
 * Requests of clients that are being worked on. A node that closes first lets these finish, while its peers still reach
 * it: what a client waits for may be decided by a leader that only now takes over, and has to tell this node so.
 */
export class Visitors {
  #inside = 0;
  #isClosing = false;
  #onEmpty: () => void = () => undefined;

  /** For the receptors' routes, not for those of peers. */
  readonly hook: onRequestAsyncHookHandler = async (_request, reply: FastifyReply) => {
    if (this.#isClosing) throw new Fault('stopping');
    this.#inside += 1;
    // Not onResponse, which doesn't run for a client that goes away.
    reply.raw.once('close', () => {
      this.#inside -= 1;
      if (this.#inside === 0) this.#onEmpty();
    });
  };

  /** Lets nobody in any more; resolves when the last one is out, or after `graceMs`. */
  async seeOut(graceMs: number): Promise<void> {
    this.#isClosing = true;
    if (this.#inside === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
