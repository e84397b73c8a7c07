import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Clock } from '../contract/ports.ts';
import type { Rate } from '../contract/receptor.ts';

interface Bucket {
  left: number;
  filledAt: number;
}

/** Counts requests by key, each of which may use up a rate and gets it back bit by bit. */
export class Rates {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** @throws Fault `rate-limited` with the time after which there is room again */
  take(key: string): void {
    const { requests, periodMs } = this.#rate;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { left: requests, filledAt: now };
    bucket.left = Math.min(requests, bucket.left + ((now - bucket.filledAt) * requests) / periodMs);
    bucket.filledAt = now;
    this.#keep(key, bucket);
    if (bucket.left < 1) {
      const retryAfterMs = Math.ceil(((1 - bucket.left) * periodMs) / requests);
      throw new Fault('rate-limited', `this receptor takes ${requests} requests in ${periodMs} ms`, { retryAfterMs });
    }
    bucket.left -= 1;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > LIMITS.ratedKeysMax && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
