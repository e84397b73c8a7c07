import { Fault } from '../../contract/errors.ts';
import type { Cancel, Clock } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';

export interface OfferOptions {
  readonly clock: Clock;
  /** How many get it at once. */
  readonly atOnce: number;
  /** After so long without an end the next one gets it too. */
  readonly hedgeMs: number;
  readonly signal: AbortSignal | undefined;
  /** How many must have taken it; asked anew after each answer, as it may depend on who failed. */
  needed(): number;
  /** Hears of each failure; what it throws ends the offer. */
  failed(node: NodeId, error: unknown): void;
}

/**
 * Offers something to nodes in their order until enough have taken it: each that fails or is slow makes room for the next.
 * Resolves to those that took it, which are fewer than needed where the nodes ran out. Calls still open are taken back.
 *
 * @throws Fault `cancelled`
 */
export function offer(
  nodes: readonly NodeId[],
  attempt: (node: NodeId, signal: AbortSignal) => Promise<void>,
  { clock, atOnce, hedgeMs, signal, needed, failed }: OfferOptions,
): Promise<readonly NodeId[]> {
  return new Promise((resolve, reject) => {
    const calls = new AbortController();
    const took: NodeId[] = [];
    let next = 0;
    let open = 0;
    let company: Cancel | undefined;

    const close = (): void => {
      company?.();
      signal?.removeEventListener('abort', cancel);
      calls.abort();
    };
    const fail = (error: unknown): void => {
      close();
      reject(error);
    };
    const cancel = (): void => fail(new Fault('cancelled'));
    const more = (): void => {
      company?.();
      if (next >= nodes.length) return;
      call(nodes[next++] as NodeId);
      company = clock.schedule(hedgeMs, more);
    };
    const check = (): void => {
      if (calls.signal.aborted) return;
      if (took.length + open < needed()) more();
      if (took.length < needed() && open > 0) return;
      close();
      resolve(took);
    };
    const call = (node: NodeId): void => {
      open += 1;
      attempt(node, calls.signal)
        .then(
          () => void took.push(node),
          (error: unknown) => {
            if (!calls.signal.aborted) failed(node, error);
          },
        )
        .then(() => {
          open -= 1;
          check();
        }, fail);
    };

    if (signal?.aborted) return cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    while (next < Math.min(atOnce, nodes.length)) more();
    if (open === 0) check();
  });
}
