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
  /** Turns that promises get after each event, in `advance` and `runUntil`. @default 8 */
  readonly turns?: number;
  /** @default LIMITS.virtualEventsMax */
  readonly eventsMax?: number;
  /** @default LIMITS.simultaneousEventsMax */
  readonly simultaneousMax?: number;
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
  readonly #turns: number;
  #running = false;

  constructor(options: VirtualClockOptions = {}) {
    this.#epochMs = options.epochMs ?? Date.UTC(2025, 0, 1);
    this.#turns = options.turns ?? 8;
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

  /** Runs all that is due within `ms` from now, and ends exactly then. */
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
      const untilUs = this.#timeline.nowUs + Math.ceil(Math.max(0, ms) * 1000);
      for (;;) {
        // Handlers use promises. A fixed number of turns is as deterministic as the event itself, which waiting for a
        // turn of the real event loop would not be.
        for (let turn = 0; turn < this.#turns; turn++) await null;
        if (done()) return true;
        if (this.#timeline.runNext(untilUs)) continue;
        if (untilUs < Number.POSITIVE_INFINITY) this.#timeline.skipTo(untilUs);
        return done();
      }
    } finally {
      this.#running = false;
    }
  }
}
