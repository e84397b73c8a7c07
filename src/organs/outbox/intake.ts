import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Recipient } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { EpochMs } from '../../contract/words.ts';
import { type Released, releasedBy } from './letters.ts';
import { bytesOf, type Dispatch, putRow, ROWS, type Row, readRow, recipientName, rowKey } from './rows.ts';

interface Load {
  readonly messages: number;
  readonly bytes: number;
}

const NO_LOAD: Load = { messages: 0, bytes: 0 };

/**
 * Where messages enter the queue. A step of any organ takes its rows along in its own transaction, so a message is queued
 * if and only if the step that sent it is on the disk; only then does the outbox organ learn of it. Nothing here
 * is a fact of that organ: it counts, so that the queue of each recipient stays bounded.
 *
 * @example
 * const intake = new Intake(store, () => clock.now())
 * const rows = intake.enqueue({ cell: peer }, { tree, kind: 'shards.keep', body: { hash } })
 * await store.commit([...writes, ...rows])
 * intake.enqueued()
 */
export class Intake {
  readonly #store: Store;
  readonly #now: () => EpochMs;
  /** Given out, not yet on the disk or not yet handed to the organ; in the order of arrival. */
  readonly #pending = new Map<string, Row>();
  readonly #load = new Map<string, Load>();
  #next: number;
  #hand: ((rows: readonly Row[]) => void) | undefined = undefined;

  /** @param now wall time, epoch milliseconds */
  constructor(store: Store, now: () => EpochMs) {
    this.#store = store;
    this.#now = now;
    const [last] = store.range('outbox', { ...ROWS, reverse: true, limit: 1 });
    this.#next = last === undefined ? 1 : readRow(...last).seq + 1;
    this.#count();
  }

  /**
   * The rows that put a message into the queue, to be committed with whatever led to it.
   *
   * @param onFull what becomes of it where too much waits for that recipient: where nobody can be asked to come again, it
   * becomes a dead letter. @default 'refuse'
   * @throws Fault `outbox-full`, `too-large`; then nothing was taken
   */
  enqueue(to: Recipient, message: Dispatch, onFull: 'refuse' | 'bury' = 'refuse'): readonly Write[] {
    const bytes = bytesOf(message.body);
    if (bytes > LIMITS.messageBytesMax) throw new Fault('too-large', `the body of ${message.kind}`);
    const name = recipientName(to);
    const load = this.#load.get(name) ?? NO_LOAD;
    const full = load.messages >= LIMITS.outboxPerPeerMax || load.bytes + bytes > LIMITS.outboxBytesPerPeerMax;
    if (full && onFull === 'refuse')
      throw new Fault('outbox-full', `${load.messages} messages, ${load.bytes} bytes wait for ${name}`);
    const expiresAt = this.#now() + LIMITS.outboxExpiryMs;
    const row: Row = { seq: this.#next++, to, ...message, bytes, expiresAt, ...(full ? { lost: 'outbox-full' } : {}) };
    this.#pending.set(rowKey(row.seq), row);
    this.#add(row);
    return [putRow(row)];
  }

  /** Some rows reached the disk: those, and only those, may be sent. */
  enqueued(): void {
    if (this.#hand === undefined || this.#pending.size === 0) return;
    const durable: Row[] = [];
    for (const [key, row] of this.#pending) {
      if (!this.#store.has('outbox', key)) continue;
      this.#pending.delete(key);
      durable.push(row);
    }
    if (durable.length === 0) return;
    const hand = this.#hand;
    this.#hand = undefined;
    hand(durable);
  }

  /** Rows that will not be committed. */
  abandoned(rows: readonly Write[]): void {
    for (const { key } of rows) {
      const row = this.#pending.get(key);
      if (!this.#pending.delete(key) || row === undefined) continue;
      this.release(releasedBy([row]));
    }
  }

  /**
   * A new life of the organ, which read these rows from the table. Other rows may have reached the disk since: those
   * are still to be handed over. What an earlier life has removed, but not said so, no longer counts.
   */
  open(read: readonly number[]): void {
    for (const seq of read) this.#pending.delete(rowKey(seq));
    this.#load.clear();
    this.#count();
    for (const [key, row] of this.#pending) {
      if (!this.#store.has('outbox', key)) this.#add(row);
    }
  }

  /** Hands over rows once, as soon as there are any on the disk. The organ asks again when it has taken them. */
  collect(hand: (rows: readonly Row[]) => void): void {
    this.#hand = hand;
    this.enqueued();
  }

  /** What left the queue makes room. */
  release(released: readonly Released[]): void {
    for (const { name, bytes } of released) {
      const load = this.#load.get(name) ?? NO_LOAD;
      if (load.messages <= 1) this.#load.delete(name);
      else this.#load.set(name, { messages: load.messages - 1, bytes: load.bytes - bytes });
    }
  }

  #count(): void {
    for (const [key, value] of this.#store.range('outbox', ROWS)) this.#add(readRow(key, value));
  }

  #add({ to, bytes, lost }: Row): void {
    if (lost !== undefined) return;
    const name = recipientName(to);
    const load = this.#load.get(name) ?? NO_LOAD;
    this.#load.set(name, { messages: load.messages + 1, bytes: load.bytes + bytes });
  }
}
