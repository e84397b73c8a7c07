export interface NewestWinsOptions<T> {
  /** Values waiting at once; beyond it the oldest is given to `evict`. */
  readonly waitingMax: number;
  /** Batches under way at once. */
  readonly concurrent: number;
  /** How many of the waiting values, oldest first, go into the next batch: at least one. */
  take(waiting: readonly T[]): number;
  /** A batch is under way until `done` is called, once. */
  send(batch: readonly T[], done: () => void): void;
  evict(value: T): void;
}

/** A turn of the event loop has ended when what waits for this promise runs; it costs less than a microtask of its own. */
const END_OF_TURN = Promise.resolve();

/**
 * Sends values in batches. All that is pushed in one turn of the event loop travels together; while `concurrent` batches
 * are under way the rest waits and the next batch grows. This is where a link's queue is bounded: a stream would queue
 * without end. One exists per peer, and none of them makes anything for a value but its place in the queue.
 *
 * @example new NewestWins({ waitingMax: 1024, concurrent: 4, take, send, evict }).push(question)
 */
export class NewestWins<T> {
  readonly #options: NewestWinsOptions<T>;
  #waiting: T[] = [];
  #underWay = 0;
  #isDue = false;
  #isClosed = false;
  readonly #done = (): void => {
    this.#underWay -= 1;
    this.#flush();
  };
  readonly #turn = (): void => {
    this.#isDue = false;
    this.#flush();
  };

  constructor(options: NewestWinsOptions<T>) {
    this.#options = options;
  }

  push(value: T): void {
    if (this.#isClosed) return;
    if (this.#waiting.push(value) > this.#options.waitingMax) this.#options.evict(this.#waiting.shift() as T);
    if (this.#isDue || this.#underWay >= this.#options.concurrent) return;
    this.#isDue = true;
    // The end of the turn, not a timer: a batch costs no latency.
    void END_OF_TURN.then(this.#turn);
  }

  /** Sends nothing any more; what waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  #flush(): void {
    const { concurrent, take, send } = this.#options;
    while (this.#waiting.length > 0 && this.#underWay < concurrent) {
      const waiting = this.#waiting;
      const count = take(waiting);
      this.#waiting = waiting.slice(count);
      this.#underWay += 1;
      send(count < waiting.length ? waiting.slice(0, count) : waiting, this.#done);
    }
  }
}
