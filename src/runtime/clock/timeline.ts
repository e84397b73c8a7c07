import type { Cancel } from '../../contract/ports.ts';
import { type EventOwner, EventQueue } from './event-queue.ts';

export interface TimelineLimits {
  /** Events waiting at once. */
  readonly eventsMax: number;
  /** Events run at one moment before it is called a livelock. */
  readonly simultaneousMax: number;
}

const nothing = (): void => undefined;

/**
 * Virtual time and what happens on it. Time is counted in whole microseconds: sums of fractions would drift, and a
 * delay that vanishes in rounding would let two timers call each other for ever at one moment.
 */
export class Timeline {
  readonly #limits: TimelineLimits;
  readonly #queue = new EventQueue();
  #nowUs = 0;
  #eventsRun = 0;
  #simultaneous = 0;

  constructor(limits: TimelineLimits) {
    this.#limits = limits;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  get eventsRun(): number {
    return this.#eventsRun;
  }

  get pending(): number {
    return this.#queue.size;
  }

  get nextUs(): number | undefined {
    return this.#queue.peek()?.at;
  }

  /** `delayMs` is rounded up to whole microseconds; anything not above 0 is 0, and Infinity never comes. */
  schedule(delayMs: number, task: () => void, owner?: EventOwner): Cancel {
    if (delayMs === Number.POSITIVE_INFINITY) return nothing;
    if (this.#queue.size >= this.#limits.eventsMax) {
      throw new Error(`More than ${this.#limits.eventsMax} events wait on the virtual clock.`);
    }
    const event = this.#queue.add(this.#nowUs + (delayMs > 0 ? Math.ceil(delayMs * 1000) : 0), task, owner);
    return () => this.#queue.cancel(event);
  }

  /** Runs the next event that is due at `untilUs` or before; false where there is none. */
  runNext(untilUs: number): boolean {
    for (let next = this.#queue.peek(); next !== undefined && next.at <= untilUs; next = this.#queue.peek()) {
      this.#queue.take();
      if (next.owner?.frozen) {
        next.owner.held.push(next);
        continue;
      }
      const { task } = next;
      next.task = undefined;
      this.#reach(next.at);
      this.#eventsRun += 1;
      task?.();
      return true;
    }
    return false;
  }

  /** Lets time pass without anything happening. */
  skipTo(us: number): void {
    if (us > this.#nowUs) this.#reach(us);
  }

  /** What an owner has scheduled and not yet seen, held back or not. */
  pendingOf(owner: EventOwner): number {
    return this.#queue.countOf(owner) + owner.held.filter(({ task }) => task !== undefined).length;
  }

  /** Forgets all that an owner had scheduled. */
  drop(owner: EventOwner): void {
    this.#queue.cancelOf(owner);
    for (const event of owner.held.splice(0)) event.task = undefined;
  }

  /** Makes an owner's held events due now, in their order. */
  release(owner: EventOwner): void {
    for (const event of owner.held.splice(0)) {
      if (event.task !== undefined) this.#queue.addAgain(event, this.#nowUs);
    }
  }

  #reach(us: number): void {
    if (us > this.#nowUs) {
      this.#nowUs = us;
      this.#simultaneous = 0;
      return;
    }
    this.#simultaneous += 1;
    if (this.#simultaneous > this.#limits.simultaneousMax) {
      throw new Error(`Virtual time stands still: ${this.#simultaneous} events at ${this.#nowUs / 1000} ms.`);
    }
  }
}
