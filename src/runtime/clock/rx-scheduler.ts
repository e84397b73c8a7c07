import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import type { Cancel, Clock } from '../../contract/ports.ts';

type ClockCore = Pick<Clock, 'now' | 'schedule'>;
type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/**
 * RxJS on a clock of ours, so that its operators and everything else share one queue of events.
 *
 * @example interval(1_000, rxScheduler(clock)).subscribe(beat)
 */
export function rxScheduler(clock: ClockCore): SchedulerLike {
  return {
    now: () => clock.now(),
    schedule: <T>(work: Work<T>, delay = 0, state?: T) => new ClockAction(clock, work).schedule(state, delay),
  };
}

/** A piece of work that may schedule itself again, which is how RxJS makes periods. */
class ClockAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #clock: ClockCore;
  readonly #work: Work<T>;
  #cancel: Cancel | undefined;

  constructor(clock: ClockCore, work: Work<T>) {
    super();
    this.#clock = clock;
    this.#work = work;
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed) return this;
    this.#cancel?.();
    this.#cancel = this.#clock.schedule(delay, () => this.#run(state));
    return this;
  }

  override unsubscribe(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    super.unsubscribe();
  }

  #run(state: T | undefined): void {
    this.#cancel = undefined;
    try {
      this.#work(state);
    } catch (error) {
      this.unsubscribe();
      throw error;
    }
  }
}
