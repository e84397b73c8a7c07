import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';

/** Gives a request up when nothing has moved for `idleMs`, however long it takes in all. */
export class Idle {
  /** Aborted by the caller's own signal or, with a `deadline` fault, by standing still. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param idleMs 0 waits for ever. */
  constructor(signal?: AbortSignal, idleMs: number = LIMITS.clientIdleMs) {
    this.signal = signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
    if (idleMs > 0) this.#timer = setTimeout(() => this.#controller.abort(stoodStill(idleMs)), idleMs).unref();
  }

  /** Something moved. */
  moved(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function stoodStill(idleMs: number): Fault {
  return new Fault('deadline', `nothing moved for ${idleMs / 1_000} s`);
}
