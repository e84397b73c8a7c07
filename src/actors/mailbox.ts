import { Fault } from '../contract/errors.ts';

const RING_MIN = 8;
/** A ring larger than this is given back once it is empty, so that a burst doesn't cost memory for ever. */
const RING_KEPT = 64;
/** Shared by all that are empty; it is never written to. */
const NO_RING: never[] = [];

/**
 * A bounded first-in-first-out queue. It holds nothing until its first message, then a ring that doubles up to the
 * limit: a cell has many actors, and most of them are idle.
 *
 * @example const box = new Mailbox<string>(2); box.push('a'); box.shift() // 'a'
 */
export class Mailbox<T> {
  readonly limit: number;
  #ring: (T | undefined)[] = NO_RING;
  #head = 0;
  #length = 0;

  /** @param limit how many messages fit; `Infinity` where something else bounds them. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * @param reserve how many messages beyond the limit this one may use
   * @throws Fault `mailbox-full`; the message was not taken
   */
  push(message: T, reserve = 0): void {
    if (!this.offer(message, reserve)) throw new Fault('mailbox-full');
  }

  /** The same without an exception: false where the message was not taken. */
  offer(message: T, reserve = 0): boolean {
    if (this.#length >= this.limit + reserve) return false;
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = message;
    this.#length++;
    return true;
  }

  /** Takes the oldest message; undefined where there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const message = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length--;
    if (this.#length === 0 && this.#ring.length > RING_KEPT) this.#reset();
    return message;
  }

  /** The waiting messages, oldest first; they stay. */
  toArray(): T[] {
    return Array.from({ length: this.#length }, (_, i) => this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T);
  }

  /** Takes them all. */
  drain(): T[] {
    const messages = this.toArray();
    this.#reset();
    return messages;
  }

  #grow(): void {
    const messages: (T | undefined)[] = this.toArray();
    messages.length = Math.max(RING_MIN, this.#length * 2);
    this.#ring = messages;
    this.#head = 0;
  }

  #reset(): void {
    this.#ring = NO_RING;
    this.#head = 0;
    this.#length = 0;
  }
}
