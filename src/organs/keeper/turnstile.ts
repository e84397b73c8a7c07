import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/** Lets requests of one place through one after the other, those of different places side by side. */
export class Turnstile {
  readonly #queues = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** @throws Fault `busy` where LIMITS.keeperWaitingMax wait there already */
  pass<T>(place: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(place) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= LIMITS.keeperWaitingMax)
      return Promise.reject(new Fault('busy', 'too many requests wait for this key', { retryAfterMs: 1_000 }));
    const mine = queue.last.then(work, work);
    queue.waiting += 1;
    queue.last = mine;
    this.#queues.set(place, queue);
    const leave = (): void => {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.#queues.delete(place);
    };
    mine.then(leave, leave);
    return mine;
  }

  /** Places where somebody is at work. */
  get busy(): number {
    return this.#queues.size;
  }
}
