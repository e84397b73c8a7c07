import { Fault } from '../contract/errors.ts';

type StopSignal = 'SIGINT' | 'SIGTERM';

export const SIGNAL_EXITS: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Runs a task that Ctrl-C takes back: the first signal aborts it, and it ends as it likes best; a second one ends the
 * process at once.
 */
export async function interruptible<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: StopSignal): void => {
    if (controller.signal.aborted) process.exit(SIGNAL_EXITS[name]);
    controller.abort(new Fault('cancelled', 'interrupted'));
  };
  return withSignals(stop, () => task(controller.signal));
}

/** Has `stop` called for every SIGINT and SIGTERM while the task runs. */
export async function withSignals<T>(stop: (name: StopSignal) => void, task: () => Promise<T>): Promise<T> {
  const onInterrupt = (): void => stop('SIGINT');
  const onTerminate = (): void => stop('SIGTERM');
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  try {
    return await task();
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  }
}
