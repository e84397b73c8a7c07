import type { Cancel, Clock } from '../../contract/ports.ts';
import { rxScheduler } from './rx-scheduler.ts';
import { xstateTimers } from './xstate-timers.ts';

/** Node's timers count in 32 bits and take anything longer for 1 ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's clock. What is scheduled keeps the process alive until it ran or was cancelled. */
export function realClock(): Clock {
  const core = { now: () => Date.now(), monotonic: () => performance.now(), schedule };
  return { ...core, scheduler: rxScheduler(core), timers: xstateTimers(core) };
}

function schedule(delayMs: number, task: () => void): Cancel {
  if (delayMs === Number.POSITIVE_INFINITY) return () => undefined;
  let timer: NodeJS.Timeout;
  // A long delay is waited for in parts, each measured anew, so that parts that come late don't add up.
  const dueAt = performance.now() + delayMs;
  const wait = (ms: number): void => {
    timer = ms > TIMER_MAX_MS ? setTimeout(() => wait(dueAt - performance.now()), TIMER_MAX_MS) : setTimeout(task, ms);
  };
  wait(delayMs > 0 ? delayMs : 0);
  return () => clearTimeout(timer);
}
