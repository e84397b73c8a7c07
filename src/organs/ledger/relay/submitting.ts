import { Fault, isFault } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { pause } from '../../../contract/pause.ts';
import type { CallOptions } from '../../../contract/services.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import type { Order, Signed } from '../order.ts';
import type { Certificate } from '../quorum.ts';
import type { LedgerInput } from '../validator.ts';
import type { RelayContext, Seats } from './context.ts';
import { type Ending, Errand } from './errand.ts';

/**
 * Brings an order to its end. Every validator is pursued by itself, so that a silent one holds up nobody; the first quorum
 * is enough.
 *
 * @throws Fault `deadline` where neither came about in time, `cancelled`
 */
export async function pursue(
  context: RelayContext,
  seats: Seats,
  signed: Signed<Order>,
  options: CallOptions & { readonly certificate?: Certificate } = {},
): Promise<Ending> {
  const errand = new Errand(signed, seats.committee, context.verify, options.certificate);
  const chase = new Chase(context, seats, errand);
  const ending = await chase.run(options);
  if (ending.end === 'settled') await spread(context, seats, { kind: 'decided', ...ending.decided });
  return ending;
}

/** This node has it before its caller hears of it; the validators hear of it meanwhile. */
async function spread({ post, self }: RelayContext, { nodes }: Seats, decided: LedgerInput): Promise<void> {
  const own = post.send(self, decided);
  for (const node of nodes) if (node !== self) void post.send(node, decided);
  await own;
}

class Chase {
  readonly #context: RelayContext;
  readonly #seats: Seats;
  readonly #errand: Errand;
  readonly #over = new AbortController();
  /** Those who wait for the errand to get on. */
  #waiting: (() => void)[] = [];

  constructor(context: RelayContext, seats: Seats, errand: Errand) {
    this.#context = context;
    this.#seats = seats;
    this.#errand = errand;
  }

  run({ signal, deadlineMs = LIMITS.ledgerOrderMs }: CallOptions): Promise<Ending> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        cancel();
        signal?.removeEventListener('abort', abort);
        this.#over.abort();
        this.#wake();
        act();
      };
      const abort = (): void => finish(() => reject(new Fault('cancelled')));
      const cancel = this.#context.clock.schedule(deadlineMs, () =>
        finish(() =>
          reject(new Fault('deadline', 'too few validators have answered; the same order may be sent again')),
        ),
      );
      this.#over.signal.addEventListener('abort', () => {
        if (this.#errand.ending !== undefined) finish(() => resolve(this.#errand.ending as Ending));
      });
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      for (const [seat, node] of this.#seats.nodes.entries()) this.#pursue(seat, node).catch(reject);
    });
  }

  async #pursue(seat: number, node: NodeId): Promise<void> {
    for (let tries = 0; !this.#over.signal.aborted; ) {
      const input = this.#errand.inputFor(seat);
      if (input === undefined) await this.#moved();
      else if (this.#hear(seat, await this.#context.post.send(node, input))) tries = 0;
      else await this.#pauseAfter(seat, node, tries++);
    }
  }

  #hear(seat: number, reply: Awaited<ReturnType<RelayContext['post']['send']>>): boolean {
    const isFurther = this.#errand.hear(seat, reply);
    if (this.#errand.ending !== undefined) this.#over.abort();
    if (isFurther) this.#wake();
    return isFurther;
  }

  /** Whoever lacks something is told where to find it, before it is asked again. */
  async #pauseAfter(seat: number, node: NodeId, tries: number): Promise<void> {
    if (this.#over.signal.aborted) return;
    if (this.#errand.lacks(seat)) this.#bring(node);
    const { clock, entropy } = this.#context;
    const delayMs = Math.min(LIMITS.ledgerRetryMs * 2 ** Math.min(tries, 16), LIMITS.ledgerRetryMaxMs);
    try {
      await pause(clock, delayMs * (0.5 + entropy.float() / 2), this.#over.signal);
    } catch (error) {
      if (!isFault(error, 'cancelled')) throw error;
    }
  }

  #bring(node: NodeId): void {
    const { ask, own, self } = this.#context;
    const others = this.#seats.nodes.filter((other) => other !== node);
    const quiet = (asked: Promise<Json>): void => void asked.catch((error: unknown) => assertFault(error));
    if (node !== self) quiet(ask(node, 'ledger.nudge', null));
    // What the validator lacks this node may lack as well.
    for (const other of others) if (other !== self) quiet(own('ledger.catchup', { peer: other }));
  }

  #moved(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

function assertFault(error: unknown): void {
  if (!isFault(error)) throw error;
}
