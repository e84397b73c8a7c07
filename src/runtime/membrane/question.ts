import type { Outcome } from '../../contract/organ.ts';
import type { Cancel, Clock } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Parcel } from './parcel.ts';

export interface QuestionOptions {
  readonly to: NodeId;
  readonly parcel: Parcel;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly resolve: (outcome: Outcome) => void;
}

/** A message on the control lane whose outcome somebody awaits: answered exactly once, at its deadline at the latest. */
export class Question implements Parcel {
  readonly to: NodeId;
  readonly message: Message;
  readonly text: string;
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly #clock: Clock;
  readonly #expiresAt: number;
  readonly #releases: Cancel[];
  #resolve: ((outcome: Outcome) => void) | undefined;

  constructor({ to, parcel, clock, deadlineMs, resolve }: QuestionOptions) {
    this.to = to;
    this.message = parcel.message;
    this.text = parcel.text;
    this.bytes = parcel.bytes;
    this.deadlineMs = deadlineMs;
    this.#clock = clock;
    this.#expiresAt = clock.monotonic() + deadlineMs;
    this.#resolve = resolve;
    this.#releases = [clock.schedule(deadlineMs, () => this.settle(LATE))];
  }

  get isSettled(): boolean {
    return this.#resolve === undefined;
  }

  /** Milliseconds to the deadline. */
  get leftMs(): number {
    return Math.max(0, this.#expiresAt - this.#clock.monotonic());
  }

  settle(outcome: Outcome): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    for (const release of this.#releases) release();
    resolve(outcome);
  }

  /** Settles with `outcome` when the signal is aborted. */
  endWith(signal: AbortSignal, outcome: Outcome): void {
    const end = (): void => this.settle(outcome);
    if (signal.aborted) {
      end();
      return;
    }
    signal.addEventListener('abort', end, { once: true });
    this.#releases.push(() => signal.removeEventListener('abort', end));
  }
}

const LATE: Outcome = { ok: false, code: 'deadline', detail: 'no answer within the deadline' };
