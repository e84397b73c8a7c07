import { isFault } from '../contract/errors.ts';
import type { Outcome } from '../contract/organ.ts';
import type { Cancel, Clock, Write } from '../contract/ports.ts';

/** A question to an organ that waits for its outcome. It is settled once, at the latest by its deadline. */
export class Ask {
  /** What is committed together with the step that answers it, such as the mark that recognises repeats. */
  readonly alongside: readonly Write[];
  readonly #resolve: (outcome: Outcome) => void;
  readonly #cancel: Cancel;
  #settled = false;
  /** Called once when it is settled by whatever comes first. */
  onSettled: (() => void) | undefined = undefined;

  constructor(clock: Clock, deadlineMs: number, alongside: readonly Write[], resolve: (outcome: Outcome) => void) {
    this.alongside = alongside;
    this.#resolve = resolve;
    this.#cancel = clock.schedule(deadlineMs, () => this.settle({ ok: false, code: 'deadline' }));
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Only the first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancel();
    this.onSettled?.();
    this.#resolve(outcome);
  }
}

/** What an asker learns of an exception: the code of a Fault, else only that there is a defect. */
export function outcomeOf(error: unknown): Outcome & { readonly ok: false } {
  if (!isFault(error)) return { ok: false, code: 'internal' };
  const failure = { ok: false, code: error.code, detail: error.message } as const;
  return error.retryAfterMs === undefined ? failure : { ...failure, retryAfterMs: error.retryAfterMs };
}
