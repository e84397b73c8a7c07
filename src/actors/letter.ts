import type { Input } from '../contract/organ.ts';
import type { Ask } from './ask.ts';

/**
 * Where an input comes from. Only requests and events may be stashed; what an organ has set going itself (its timers,
 * the answers to its questions, what its effects tell it) always gets through.
 */
export type Origin = 'request' | 'event' | 'own';

/** An input in a mailbox. */
export class Letter {
  readonly input: Input;
  readonly origin: Origin;
  /** Present where somebody waits for the outcome. */
  readonly ask: Ask | undefined;
  readonly #claim: (() => boolean) | undefined;

  /**
   * @param claim called once, when the letter's turn has come: false where the timer or the life that it belongs to has
   * ended meanwhile
   */
  constructor(input: Input, origin: Origin, ask?: Ask, claim?: () => boolean) {
    this.input = input;
    this.origin = origin;
    this.ask = ask;
    this.#claim = claim;
  }

  /** False where nobody expects anything of it any more. To be asked once, right before it is handled. */
  claimed(): boolean {
    if (this.ask?.settled === true) return false;
    return this.#claim === undefined || this.#claim();
  }
}
