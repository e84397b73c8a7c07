/** An abort controller that a caller's signal aborts as well. */
export interface Linked {
  readonly signal: AbortSignal;
  abort(): void;
  /** Lets go of the caller's signal, which may live much longer. */
  unlink(): void;
}

export function linked(outer: AbortSignal | undefined): Linked {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (outer?.aborted) controller.abort();
  else outer?.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, abort, unlink: () => outer?.removeEventListener('abort', abort) };
}
