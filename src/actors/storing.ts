import { isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Outcome, Ports } from '../contract/organ.ts';
import type { Log } from '../contract/ports.ts';
import { outcomeOf } from './ask.ts';

export interface StoringOptions {
  readonly ports: Pick<Ports, 'clock'>;
  readonly system: { readonly log: Log };
}

const BUSY: Outcome = { ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs };

/**
 * How an organ fares with a disk that doesn't take its steps: how often in a row, what its callers are told meanwhile,
 * and what of it is logged. A disk may be full for days, so the log hears of it once in a while, and of its end.
 */
export class Storing {
  readonly #organ: string;
  readonly #options: StoringOptions;
  #losses = 0;
  /** Why the next life is waited for. */
  #cause: unknown = undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #isLogged = false;

  constructor(organ: string, options: StoringOptions) {
    this.#organ = organ;
    this.#options = options;
  }

  /** Whether the organ goes down because of the disk alone. */
  get waits(): boolean {
    return this.#cause !== undefined;
  }

  /** What callers are told while the organ pauses; undefined while it doesn't. */
  get refusal(): Outcome | undefined {
    if (this.#cause === undefined || this.#losses <= 1) return undefined;
    return isFault(this.#cause, 'disk-full') ? outcomeOf(this.#cause) : BUSY;
  }

  /** The disk did not take a step. Returns how often in a row. */
  lost(error: unknown): number {
    this.#losses++;
    this.#cause = error;
    const { ports, system } = this.#options;
    const now = ports.clock.monotonic();
    if (now - this.#loggedAt >= LIMITS.unstoredLogMs) {
      this.#loggedAt = now;
      this.#isLogged = true;
      system.log.warn('actor.not-stored', { organ: this.#organ, times: this.#losses, error: String(error) });
    }
    return this.#losses;
  }

  /** A new life tries its luck. */
  tryAgain(): void {
    this.#cause = undefined;
  }

  /** The disk took a step. */
  kept(): void {
    if (this.#isLogged)
      this.#options.system.log.info('actor.stored-again', { organ: this.#organ, times: this.#losses });
    this.#losses = 0;
    this.#isLogged = false;
  }
}
