import type { Recipient } from './organ.ts';
import type { EpochMs, Json, TreeId } from './words.ts';

/** A message of the queue that will not be delivered by itself, and why. */
export interface DeadLetter {
  /** Among this node's letters, in the order of their burial; never used again. */
  readonly number: number;
  /** The message's id: its number among all that this node has ever queued. */
  readonly message: number;
  /** The message in whose place it was sent again; null for one that was sent once. */
  readonly replays: number | null;
  readonly at: EpochMs;
  /**
   * The code of the refusal: its receiver has not applied it and never will. `expired`: nobody has answered for it in
   * time, so that it may have been applied where its frame was sent. `outbox-full`: it was never sent.
   */
  readonly reason: string;
  readonly to: Recipient;
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
}

/** A letter in a listing: its body by its size. */
export interface LetterSummary extends Omit<DeadLetter, 'body'> {
  /** Of the canonical body. */
  readonly bytes: number;
}

/** The letters of one node. */
export interface LetterService {
  /**
   * In the order of their burial.
   *
   * @param options.after only those with a higher number. @default 0
   * @param options.limit at most so many. @default 100
   */
  list(options?: { readonly after?: number; readonly limit?: number }): {
    readonly letters: readonly LetterSummary[];
    /** Where a further listing begins; null at the end. */
    readonly next: number | null;
  };
  /** @throws Fault `not-found` */
  read(number: number): DeadLetter;
  /**
   * Queues the message once more, to whom it was for, as a new message that names the old one. The letter is gone with
   * that, in one transaction, so that it is replayed once.
   *
   * @returns the id of the new message
   * @throws Fault `not-found`, `outbox-full`, `disk-full`
   */
  replay(number: number): Promise<number>;
  /** Forgets the letter. @throws Fault `not-found` */
  drop(number: number): Promise<void>;
}
