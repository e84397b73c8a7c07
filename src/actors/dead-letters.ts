import { LIMITS } from '../contract/limits.ts';
import type { Input } from '../contract/organ.ts';
import type { EpochMs } from '../contract/words.ts';
import { Mailbox } from './mailbox.ts';

/** An input that nobody handled, and why. */
export interface DeadLetter {
  readonly at: EpochMs;
  /** Name of the actor system it was sent to. */
  readonly system: string;
  /** The organ it was meant for. */
  readonly organ: string;
  readonly input: Input;
  /** A code of the table of failures: `no-actor`, `mailbox-full`, `internal`, ... */
  readonly code: string;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

/**
 * What could not be delivered or handled, kept for people to look at: the newest ones, the rest counted. Nothing is
 * dropped in silence.
 */
export class DeadLetters {
  readonly #letters: Mailbox<DeadLetter>;
  #dropped = 0;

  /** @param max letters kept. @default LIMITS.actorDeadLettersMax */
  constructor(max: number = LIMITS.actorDeadLettersMax) {
    this.#letters = new Mailbox(max);
  }

  get size(): number {
    return this.#letters.length;
  }

  /** How many had to make room for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  add(letter: DeadLetter): void {
    if (this.#letters.offer(letter)) return;
    this.#letters.shift();
    this.#dropped++;
    this.#letters.offer(letter);
  }

  /** Oldest first. */
  list(): readonly DeadLetter[] {
    return this.#letters.toArray();
  }
}
