import { LIMITS } from '../contract/limits.ts';
import type { Clock } from '../contract/ports.ts';
import { Mailbox } from './mailbox.ts';

/** Something with work: an actor with messages. */
export interface Runnable {
  /** Kept by the scheduler: true while it waits for its turn. */
  queued: boolean;
  /** Handles up to `budget` messages. True where there are more. Must not throw. */
  run(budget: number): boolean;
}

/**
 * The run loop of actors. Sending only marks the receiver as ready, so a chain of sends of any length uses one stack
 * frame; actors take turns, a batch each, first come first served, so none starves another and one order of sends
 * gives one order of handling. The loop runs in a microtask and after a slice lets the event loop breathe.
 */
export class Scheduler {
  readonly #clock: Clock;
  /** Each actor is in it at most once, so their number bounds it. */
  readonly #ready = new Mailbox<Runnable>(Number.POSITIVE_INFINITY);
  #armed = false;
  readonly #loop = (): void => this.#run();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives the actor a turn; one that waits for its turn already keeps its place. */
  ready(actor: Runnable): void {
    if (actor.queued) return;
    actor.queued = true;
    this.#ready.push(actor);
    if (this.#armed) return;
    this.#armed = true;
    queueMicrotask(this.#loop);
  }

  #run(): void {
    const begun = this.#clock.monotonic();
    let messages = LIMITS.schedulerSliceMessages;
    try {
      for (let actor = this.#ready.shift(); actor !== undefined; actor = this.#ready.shift()) {
        actor.queued = false;
        if (actor.run(LIMITS.schedulerBatch)) this.ready(actor);
        messages -= LIMITS.schedulerBatch;
        // Virtual clocks stand still while actors run: there the number of messages ends the slice, on real ones the time.
        if (messages <= 0 || this.#clock.monotonic() - begun >= LIMITS.schedulerSliceMs) break;
      }
    } finally {
      // Also after an exception, so that one defect never stops the other actors.
      this.#armed = this.#ready.length > 0;
      if (this.#armed) this.#clock.schedule(0, this.#loop);
    }
  }
}
