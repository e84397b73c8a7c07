import { Fault } from '../../contract/errors.ts';
import type { Cancel, Clock } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';

export interface HedgeOptions {
  readonly clock: Clock;
  /** How long the last one asked may take before the next is asked as well. */
  readonly hedgeMs: number;
  /** How many may be asked at once. */
  readonly width: number;
  /** From this one on, none of which is likelier than another, as many are asked at once as may be. */
  readonly eagerFrom: number;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Hedged<T> {
  readonly found: { readonly node: NodeId; readonly value: T } | undefined;
  /** Those that answered that they don't have it. */
  readonly denied: readonly NodeId[];
  /** Why others gave no answer. */
  readonly failures: readonly { readonly node: NodeId; readonly error: unknown }[];
}

/** One for all: without a reason the platform makes an exception, with its stack, each time. */
const TAKEN_BACK = new Fault('cancelled');

/**
 * Asks nodes in their order until one has it. A "no" or a failure leads to the next at once; one that is slow gets
 * company. As soon as one has it, or the deadline is over, the others are taken back.
 *
 * @throws Fault `cancelled`
 */
export function hedge<T>(
  nodes: readonly NodeId[],
  attempt: (node: NodeId, signal: AbortSignal) => Promise<T | undefined>,
  options: HedgeOptions,
): Promise<Hedged<T>> {
  const { clock, hedgeMs, width, eagerFrom, deadlineMs, signal } = options;
  const denied: NodeId[] = [];
  const failures: { readonly node: NodeId; readonly error: unknown }[] = [];
  return new Promise((resolve, reject) => {
    const calls = new AbortController();
    let next = 0;
    let open = 0;
    let company: Cancel | undefined;

    const close = (): void => {
      company?.();
      late();
      signal?.removeEventListener('abort', cancel);
      // Most often nobody is asked any more.
      if (open > 0) calls.abort(TAKEN_BACK);
    };
    const finish = (found: Hedged<T>['found']): void => {
      close();
      resolve({ found, denied, failures });
    };
    const cancel = (): void => {
      close();
      reject(new Fault('cancelled'));
    };
    const step = (): void => {
      if (next === nodes.length && open === 0) finish(undefined);
      let isFirst = true;
      while (next < nodes.length && open < width && (isFirst || next >= eagerFrom)) {
        ask(nodes[next++] as NodeId);
        isFirst = false;
      }
    };
    const ask = (node: NodeId): void => {
      open += 1;
      company?.();
      company = clock.schedule(hedgeMs, step);
      attempt(node, calls.signal).then(
        (value) => {
          open -= 1;
          if (calls.signal.aborted) return;
          if (value !== undefined) return finish({ node, value });
          denied.push(node);
          step();
        },
        (error: unknown) => {
          open -= 1;
          if (calls.signal.aborted) return;
          failures.push({ node, error });
          step();
        },
      );
    };

    const late = clock.schedule(deadlineMs, () => finish(undefined));
    if (signal?.aborted) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    step();
  });
}
