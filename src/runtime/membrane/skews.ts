import { LIMITS } from '../../contract/limits.ts';
import type { Clock, Log } from '../../contract/ports.ts';
import type { EpochMs, NodeId } from '../../contract/words.ts';

interface Skew {
  readonly ms: number;
  /** Monotonic milliseconds at which the operator was told. */
  readonly saidAt: number;
}

const SAY_EVERY_MS = 3_600_000;

/** Members whose clocks are off. That is said plainly, once an hour each, and is never a ground to refuse or suspect. */
export class Skews {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #skews = new Map<NodeId, Skew>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  note(node: NodeId, sentAt: EpochMs): void {
    const ms = sentAt - this.#clock.now();
    if (Math.abs(ms) <= LIMITS.skewMaxMs) {
      this.#skews.delete(node);
      return;
    }
    const known = this.#skews.get(node);
    if (known === undefined && this.#skews.size >= LIMITS.nodesMax) return;
    const monotonic = this.#clock.monotonic();
    const silent = known !== undefined && monotonic - known.saidAt < SAY_EVERY_MS;
    this.#skews.set(node, { ms, saidAt: silent ? known.saidAt : monotonic });
    if (!silent)
      this.#log.warn('clock.skew', { node, skewMs: ms, says: 'the clock of that node or of this one is off' });
  }

  /** Theirs minus ours, milliseconds. */
  all(): Record<NodeId, number> {
    return Object.fromEntries([...this.#skews].map(([node, { ms }]) => [node, ms]));
  }
}
