import { Fault } from './errors.ts';
import type { Clock } from './ports.ts';

/**
 * Resolves after the time.
 *
 * @throws Fault `cancelled` as soon as the signal says so
 */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Fault('cancelled'));
    const cancel = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    const abort = (): void => {
      cancel();
      reject(new Fault('cancelled'));
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
