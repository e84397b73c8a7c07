import type { SchedulerLike } from 'rxjs';
import type { Cancel, Clock } from '../../contract/ports.ts';
import type { EventOwner, QueuedEvent } from './event-queue.ts';
import { rxScheduler } from './rx-scheduler.ts';
import type { Timeline } from './timeline.ts';
import { xstateTimers } from './xstate-timers.ts';

export interface ClockScopeOptions {
  /** How far this clock is ahead of the simulation's. @default 0 */
  readonly offsetMs?: number;
  /** How much faster it runs: 0.001 gains a second in 1,000. More than -1. @default 0 */
  readonly drift?: number;
}

/**
 * The clock of one simulated process: it may be wrong, and it dies with the process.
 *
 * @example
 * const node = clock.scope({ offsetMs: 3_600_000 })
 * node.schedule(100, beat)
 * node.kill() // nothing that this process had planned happens any more
 */
export class ClockScope implements Clock, EventOwner {
  readonly scheduler: SchedulerLike = rxScheduler(this);
  readonly timers: Clock['timers'] = xstateTimers(this);
  readonly held: QueuedEvent[] = [];
  readonly #timeline: Timeline;
  readonly #epochMs: number;
  #sinceUs: number;
  #sinceMs = 0;
  #rate: number;
  #offsetMs: number;
  #alive = true;
  #frozen = false;

  constructor(timeline: Timeline, epochMs: number, options: ClockScopeOptions = {}) {
    this.#timeline = timeline;
    this.#epochMs = epochMs + timeline.nowUs / 1000;
    this.#sinceUs = timeline.nowUs;
    this.#offsetMs = options.offsetMs ?? 0;
    this.#rate = rateOf(options.drift ?? 0);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Timers that are set and have not run. */
  get pending(): number {
    return this.#timeline.pendingOf(this);
  }

  now(): number {
    return Math.floor(this.#epochMs + this.monotonic() + this.#offsetMs);
  }

  /** Milliseconds since this scope was made, by its own drifting clock. */
  monotonic(): number {
    return this.#sinceMs + ((this.#timeline.nowUs - this.#sinceUs) * this.#rate) / 1000;
  }

  /** Does nothing once the scope was killed: promises of a dead process may still run to their end. */
  schedule(delayMs: number, task: () => void): Cancel {
    return this.#timeline.schedule(this.#alive ? delayMs / this.#rate : Number.POSITIVE_INFINITY, task, this);
  }

  /** Moves the wall clock alone, as an operator or a time service does. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** Runs faster or slower from now on, as `ClockScopeOptions.drift` says; what is scheduled already stays as it is. */
  drift(drift: number): void {
    const rate = rateOf(drift);
    this.#sinceMs = this.monotonic();
    this.#sinceUs = this.#timeline.nowUs;
    this.#rate = rate;
  }

  /** Cancels all that was scheduled, for good. */
  kill(): void {
    this.#alive = false;
    this.#timeline.drop(this);
  }

  /** A process that is stopped but not dead (SIGSTOP, a swapped-out machine): time goes on, its timers don't run. */
  freeze(): void {
    this.#frozen = true;
  }

  /** What came due meanwhile runs now, in its order. */
  thaw(): void {
    this.#frozen = false;
    this.#timeline.release(this);
  }
}

function rateOf(drift: number): number {
  if (!(drift > -1)) throw new RangeError('A clock drifts by more than -1.');
  return 1 + drift;
}
