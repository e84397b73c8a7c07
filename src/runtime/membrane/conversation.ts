import { Fault } from '../../contract/errors.ts';
import type { Cancel, Clock, ExchangeOptions, PeerAddress, PeerRequest, PeerResponse } from '../../contract/ports.ts';

/** One exchange of a simulated network, as those see it who carry it. Only its first end counts. */
export interface Exchange<From> {
  readonly from: From;
  readonly to: PeerAddress;
  readonly request: PeerRequest;
  end(response: PeerResponse): void;
  fail(error: unknown): void;
}

export interface ConversationParts<From> {
  readonly from: From;
  readonly to: PeerAddress;
  readonly request: PeerRequest;
  readonly clock: Clock;
  /** Called at its first end, before anybody learns of it. */
  ended(exchange: Exchange<From>): void;
  resolve(response: PeerResponse): void;
  reject(error: unknown): void;
}

/** An exchange whose end somebody awaits: an answer, a failure, its deadline, or the asker's abort. */
export class Conversation<From> implements Exchange<From> {
  readonly from: From;
  readonly to: PeerAddress;
  readonly request: PeerRequest;
  readonly #parts: ConversationParts<From>;
  readonly #cancelDeadline: Cancel;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #isOver = false;

  constructor(parts: ConversationParts<From>, { deadlineMs, signal }: ExchangeOptions) {
    this.from = parts.from;
    this.to = parts.to;
    this.request = parts.request;
    this.#parts = parts;
    this.#cancelDeadline = parts.clock.schedule(deadlineMs, () => this.fail(new Fault('deadline')));
    this.#signal = signal;
    this.#onAbort = signal === undefined ? undefined : () => this.fail(new Fault('cancelled'));
    if (this.#onAbort !== undefined) signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  end(response: PeerResponse): void {
    if (this.#over()) this.#parts.resolve(response);
  }

  fail(error: unknown): void {
    if (this.#over()) this.#parts.reject(error);
  }

  #over(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#cancelDeadline();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#parts.ended(this);
    return true;
  }
}
