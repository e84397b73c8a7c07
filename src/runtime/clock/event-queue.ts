/** Whose event it is. A frozen owner's due events are held back until it thaws. */
export interface EventOwner {
  readonly frozen: boolean;
  /** Due events, in the order in which they became due. */
  readonly held: QueuedEvent[];
}

/** One call at one moment. `task` is undefined once it ran or was cancelled. */
export interface QueuedEvent {
  /** Whole microseconds of virtual time. */
  at: number;
  /** Order among events of the same moment. */
  sequence: number;
  task: (() => void) | undefined;
  readonly owner: EventOwner | undefined;
  /** False once it was taken out, to run or to be held back. */
  queued: boolean;
}

/** Below this many cancelled events a sweep costs more than it frees. */
const SWEEP_FROM = 1024;

/**
 * A binary heap ordered by (moment, order of insertion), so that a run never depends on how the heap happens to lie.
 * Cancelling marks an event; the heap is swept when the marked ones outnumber the rest, so that deadlines which are
 * set and taken back a million times hold no memory.
 */
export class EventQueue {
  #heap: QueuedEvent[] = [];
  #sequence = 0;
  #cancelled = 0;

  /** Events that will still run. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(at: number, task: () => void, owner: EventOwner | undefined): QueuedEvent {
    const event: QueuedEvent = { at, sequence: this.#sequence++, task, owner, queued: true };
    this.#push(event);
    return event;
  }

  /** Queues an event that was held back, as the newest of the moment `at`. */
  addAgain(event: QueuedEvent, at: number): void {
    event.at = at;
    event.sequence = this.#sequence++;
    event.queued = true;
    this.#push(event);
  }

  cancel(event: QueuedEvent): void {
    if (event.task === undefined) return;
    event.task = undefined;
    if (!event.queued) return;
    this.#cancelled += 1;
    if (this.#cancelled >= SWEEP_FROM && this.#cancelled * 2 > this.#heap.length) this.#sweep();
  }

  /** Events of an owner that will still run. Linear: for those who look, not for those who run. */
  countOf(owner: EventOwner): number {
    let count = 0;
    for (const event of this.#heap) if (event.owner === owner && event.task !== undefined) count += 1;
    return count;
  }

  /** Cancels every event of an owner. Linear: owners die seldom. */
  cancelOf(owner: EventOwner): void {
    for (const event of this.#heap) {
      if (event.owner === owner) event.task = undefined;
    }
    this.#sweep();
  }

  /** The next event, left in its place. */
  peek(): QueuedEvent | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.task !== undefined) return first;
      this.#pop();
      this.#cancelled -= 1;
    }
  }

  /** The next event, taken out. */
  take(): QueuedEvent | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#pop();
    first.queued = false;
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.task !== undefined);
    this.#cancelled = 0;
    for (let index = (this.#heap.length >>> 1) - 1; index >= 0; index--) {
      this.#sink(index, this.#heap[index] as QueuedEvent);
    }
  }

  #push(event: QueuedEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const up = (index - 1) >>> 1;
      const parent = heap[up] as QueuedEvent;
      if (!before(event, parent)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = event;
  }

  #pop(): void {
    const last = this.#heap.pop() as QueuedEvent;
    if (this.#heap.length > 0) this.#sink(0, last);
  }

  /** Puts `event` at `index` or below, where it belongs. */
  #sink(start: number, event: QueuedEvent): void {
    const heap = this.#heap;
    let index = start;
    for (let down = 2 * index + 1; down < heap.length; down = 2 * index + 1) {
      const right = down + 1;
      if (right < heap.length && before(heap[right] as QueuedEvent, heap[down] as QueuedEvent)) down = right;
      const child = heap[down] as QueuedEvent;
      if (!before(child, event)) break;
      heap[index] = child;
      index = down;
    }
    heap[index] = event;
  }
}

function before(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}
