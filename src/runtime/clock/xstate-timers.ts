import type { Clock } from '../../contract/ports.ts';

/** The timers that XState asks of its clock. A handle is the function that cancels. */
export function xstateTimers(clock: Pick<Clock, 'schedule'>): Clock['timers'] {
  return {
    setTimeout: (task, delayMs) => clock.schedule(delayMs, task),
    clearTimeout: (handle) => {
      if (typeof handle === 'function') handle();
    },
  };
}
