import type { SchedulerLike } from 'rxjs';
import { LIMITS } from '../../contract/limits.ts';
import type { Cancel, Clock } from '../../contract/ports.ts';
import { rxScheduler } from './rx-scheduler.ts';
import { ClockScope, type ClockScopeOptions } from './scope.ts';
import { Timeline } from './timeline.ts';
import { xstateTimers } from './xstate-timers.ts';

export interface VirtualClockOptions {
  /** Wall time at the start, epoch milliseconds. @default 2025-01-01T00:00:00Z */
  readonly epochMs?: number;
  /** @default LIMITS.virtualEventsMax */
  readonly eventsMax?: number;
  /** @default LIMITS.simultaneousEventsMax */
  readonly simultaneousMax?: number;
}

const SETTLED = Promise.resolve();

/**
 * Makes of a function one that calls it when no promise job is left. Node calls what waits for the next tick only then,
 * and before it looks at timers and sockets: that is as deterministic as the jobs themselves, which a turn of the event
 * loop would not be. It is asked for from a job, as ticks that were asked for from a tick come before all jobs.
 */
function whenQuiet(call: () => void): () => void {
  const tick = (): void => process.nextTick(call);
  return () => void SETTLED.then(tick);
}

/**
 * Time for simulations and tests: it stands still until it is told to pass. Timers, RxJS and XState share one queue,
 * ordered by (moment, order of scheduling), so that one seed gives one trace.
 *
 * @example
 * const clock = new VirtualClock()
 * clock.schedule(100, () => console.log(clock.monotonic())) // 100
 * await clock.advance(1_000)
 */
export class VirtualClock implements Clock {
  readonly scheduler: SchedulerLike = rxScheduler(this);
  readonly timers: Clock['timers'] = xstateTimers(this);
  readonly #timeline: Timeline;
  readonly #epochMs: number;
  #running = false;

  constructor(options: VirtualClockOptions = {}) {
    this.#epochMs = options.epochMs ?? Date.UTC(2025, 0, 1);
    this.#timeline = new Timeline({
      eventsMax: options.eventsMax ?? LIMITS.virtualEventsMax,
      simultaneousMax: options.simultaneousMax ?? LIMITS.simultaneousEventsMax,
    });
  }

  /** Whole epoch milliseconds. */
  now(): number {
    return Math.floor(this.#epochMs + this.monotonic());
  }

  /** Virtual milliseconds since the clock was made. */
  monotonic(): number {
    return this.#timeline.nowUs / 1000;
  }

  /** Events that will run; those held back for a frozen scope don't count. */
  get pending(): number {
    return this.#timeline.pending;
  }

  /** When the next event is due, in the milliseconds of `monotonic()`. */
  get nextAt(): number | undefined {
    const { nextUs } = this.#timeline;
    return nextUs === undefined ? undefined : nextUs / 1000;
  }

  /** Events run so far, those of all scopes included. */
  get eventsRun(): number {
    return this.#timeline.eventsRun;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    return this.#timeline.schedule(delayMs, task);
  }

  /** A clock for one simulated process. */
  scope(options?: ClockScopeOptions): ClockScope {
    return new ClockScope(this.#timeline, this.#epochMs, options);
  }

  /** Runs the next event, moving time to it; false where there is none. What the event throws comes out here. */
  step(): boolean {
    return this.#timeline.runNext(Number.POSITIVE_INFINITY);
  }

  /**
   * Runs all that is due within `ms` from now, and ends exactly then. Before each event the promises of those before it
   * have run to their end, however many turns they take. What wakes itself by this clock for ever is called a livelock;
   * promises that follow each other for ever hold the run, as they would hold the event loop of a process.
   */
  async advance(ms: number): Promise<void> {
    await this.#run(ms, () => false);
  }

  /** Runs until `predicate` holds, asked after each event. False when it didn't within `maxMs`. */
  runUntil(predicate: () => boolean, maxMs: number): Promise<boolean> {
    return this.#run(maxMs, predicate);
  }

  async #run(ms: number, done: () => boolean): Promise<boolean> {
    if (this.#running) throw new Error('The virtual clock is being advanced already.');
    this.#running = true;
    try {
      return await this.#runUntil(this.#timeline.nowUs + Math.ceil(Math.max(0, ms) * 1000), done);
    } finally {
      this.#running = false;
    }
  }

  /** One event after the other, each when the promises of the one before have run to their end. */
  #runUntil(untilUs: number, done: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          if (done()) resolve(true);
          else if (this.#timeline.runNext(untilUs)) next();
          else {
            if (untilUs < Number.POSITIVE_INFINITY) this.#timeline.skipTo(untilUs);
            resolve(done());
          }
        } catch (error) {
          reject(error);
        }
      };
      const next = whenQuiet(turn);
      next();
    });
  }
}
