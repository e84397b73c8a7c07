import { setMaxListeners } from 'node:events';
import { Fault } from './errors.ts';

/** One for all: without a reason the platform makes an exception, with its stack, each time. */
const TAKEN_BACK = new Fault('cancelled');

/** An abort controller that a caller's signal aborts as well. */
export interface Linked {
  readonly signal: AbortSignal;
  abort(): void;
  /** Lets go of the caller's signal, which may live much longer. */
  unlink(): void;
}

/**
 * A signal of one's own under a caller's: for work that has many calls under way, each of which listens to it, and that
 * wants to take them back when the first of them has failed.
 *
 * @example
 * const call = linked(options.signal)
 * try { await Promise.all(parts.map((part) => send(part, call.signal))) } finally { call.abort(); call.unlink() }
 */
export function linked(outer: AbortSignal | undefined): Linked {
  const controller = new AbortController();
  // As many listen as the windows of the work allow; Node's warning is for those who forget to stop listening.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(TAKEN_BACK);
  if (outer?.aborted) abort();
  else outer?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, abort, unlink: () => outer?.removeEventListener('abort', abort) };
}
