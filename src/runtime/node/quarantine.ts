import { canonical, sha256Hex } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Clock } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';

/** What is told apart: the same words to the same cell, whoever says them. */
type Content = Pick<Message, 'tree' | 'kind' | 'body'>;

interface Crash {
  readonly times: number;
  readonly lastAt: number;
}

/**
 * Messages of peers that made an organ throw. A defect may need its moment, so a message has `LIMITS.poisonTries`; after that
 * it is kept from the organ for `LIMITS.poisonKeptMs`, so that one message can't take the organ down again and again until
 * its cell is given up.
 */
export class Quarantine {
  readonly #clock: Clock;
  /** By hash, the one noted last at the end. */
  readonly #crashes = new Map<string, Crash>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it is not to be tried any more. */
  holds(message: Content): boolean {
    return this.#timesOf(message) >= LIMITS.poisonTries;
  }

  /** Whether its next crash is its last. */
  isLastTry(message: Content): boolean {
    return this.#timesOf(message) + 1 >= LIMITS.poisonTries;
  }

  /** It made its organ throw. */
  note(message: Content): void {
    const times = this.#timesOf(message) + 1;
    const name = nameOf(message);
    this.#crashes.delete(name);
    this.#crashes.set(name, { times, lastAt: this.#clock.monotonic() });
    const [oldest] = this.#crashes.keys();
    if (this.#crashes.size > LIMITS.poisonsMax && oldest !== undefined) this.#crashes.delete(oldest);
  }

  /** Hashing is for those nodes only that have seen a crash. */
  #timesOf(message: Content): number {
    if (this.#crashes.size === 0) return 0;
    const crash = this.#crashes.get(nameOf(message));
    const isRecent = crash !== undefined && this.#clock.monotonic() - crash.lastAt < LIMITS.poisonKeptMs;
    return isRecent ? crash.times : 0;
  }
}

function nameOf({ tree, kind, body }: Content): string {
  return sha256Hex(tree ?? '', '\n', kind, '\n', canonical(body));
}
