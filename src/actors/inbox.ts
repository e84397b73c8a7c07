import { LIMITS } from '../contract/limits.ts';
import type { Mode } from './chart.ts';
import type { Letter } from './letter.ts';
import { Mailbox } from './mailbox.ts';

/**
 * An organ's mailbox, with the letters that a mode of the organ holds back. Letters that were held come before those
 * that arrived later, so the order in which each sender's letters are handled stays the order of sending.
 */
export class Inbox {
  readonly #mailbox: Mailbox<Letter>;
  // Few organs ever hold a letter back, so neither is made before.
  #held: Letter[] | undefined = undefined;
  #replayed: Letter[] | undefined = undefined;

  constructor(max: number) {
    this.#mailbox = new Mailbox(max);
  }

  /** Letters that `next` would give. */
  get length(): number {
    return this.#mailbox.length + (this.#replayed?.length ?? 0);
  }

  /** False where it is full; the letter was not taken. */
  offer(letter: Letter): boolean {
    return this.#mailbox.offer(letter);
  }

  /** The same for the organ's own letters, which have a reserve. Throws `mailbox-full`. */
  pushOwn(letter: Letter): void {
    this.#mailbox.push(letter, LIMITS.mailboxReserve);
  }

  next(): Letter | undefined {
    return this.#replayed?.shift() ?? this.#mailbox.shift();
  }

  /** Puts a letter aside until the mode changes; false where as many are held as may be. */
  hold(letter: Letter): boolean {
    this.#held ??= [];
    if (this.#held.length >= LIMITS.stashMax) return false;
    this.#held.push(letter);
    return true;
  }

  /** The mode changed: what was held is looked at again, before anything that came later. */
  replay(): void {
    if (this.#held === undefined) return;
    this.#replayed = [...this.#held, ...(this.#replayed ?? [])];
    this.#held = undefined;
  }

  /** Puts letters before all others. They have no limit here: what tells them bounds them. */
  precede(letters: readonly Letter[]): void {
    if (letters.length > 0) this.#replayed = [...letters, ...(this.#replayed ?? [])];
  }

  /** All letters, oldest first; they stay. */
  toArray(): Letter[] {
    return [...(this.#held ?? []), ...(this.#replayed ?? []), ...this.#mailbox.toArray()];
  }

  /** Takes all letters, oldest first. */
  drain(): Letter[] {
    const letters = this.toArray();
    this.#mailbox.drain();
    this.#held = undefined;
    this.#replayed = undefined;
    return letters;
  }
}

/** Whether the mode holds this letter back. Never so for what the organ itself has set going. */
export function isHeldBack(stash: Mode['stash'], letter: Letter): boolean {
  if (stash === 'none' || letter.origin === 'own') return false;
  return stash === 'requests' ? letter.origin === 'request' : stash.has(letter.input.kind);
}
