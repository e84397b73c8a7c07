import { LIMITS } from '../../contract/limits.ts';

/**
 * Which sequence numbers of a lane have been used, for the last `LIMITS.replayWindow` of them: one bit each. Older
 * numbers count as used, because nobody can tell any more.
 */
export class ReplayWindow {
  readonly #used = new Uint8Array(LIMITS.replayWindow / 8);
  #highest = 0;

  get highest(): number {
    return this.#highest;
  }

  /** Uses up a number; false where it was used before or is too old to tell. */
  take(seq: number): boolean {
    if (seq > this.#highest) this.#advance(seq);
    else if (seq <= this.#highest - LIMITS.replayWindow || this.#isUsed(seq)) return false;
    this.#mark(seq, true);
    return true;
  }

  #advance(seq: number): void {
    if (seq - this.#highest >= LIMITS.replayWindow) this.#used.fill(0);
    else for (let number = this.#highest + 1; number < seq; number++) this.#mark(number, false);
    this.#highest = seq;
  }

  #isUsed(seq: number): boolean {
    const bit = seq % LIMITS.replayWindow;
    return ((this.#used[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
  }

  #mark(seq: number, used: boolean): void {
    const bit = seq % LIMITS.replayWindow;
    const byte = this.#used[bit >>> 3] as number;
    this.#used[bit >>> 3] = used ? byte | (1 << (bit & 7)) : byte & ~(1 << (bit & 7));
  }
}
