import type { Clock, Log } from '../../contract/ports.ts';
import type { RefusalCode } from './problem.ts';

interface Tally {
  count: number;
  /** Until when further ones are only counted, monotonic milliseconds. */
  quietUntil: number;
  unsaid: number;
}

/** A flood of refusals must not become a flood of log lines. */
const LOG_EVERY_MS = 10_000;

/** Counts what a membrane refused, by reason, and logs each reason at most once in ten seconds with what went unsaid. */
export class Rejections {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tallies = new Map<RefusalCode, Tally>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  count(code: RefusalCode, from: string | null, detail: string): void {
    const tally = this.#tallies.get(code) ?? { count: 0, quietUntil: 0, unsaid: 0 };
    this.#tallies.set(code, tally);
    tally.count += 1;
    const now = this.#clock.monotonic();
    if (tally.count > 1 && now < tally.quietUntil) {
      tally.unsaid += 1;
      return;
    }
    this.#log.warn('membrane.rejected', { reason: code, from, detail, unsaid: tally.unsaid });
    tally.quietUntil = now + LOG_EVERY_MS;
    tally.unsaid = 0;
  }

  /** By reason, in alphabetical order. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#tallies].map(([code, { count }]) => [code, count] as const).sort(byName));
  }
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
