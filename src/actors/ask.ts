import { isFault } from '../contract/errors.ts';
import type { Effect, Outcome } from '../contract/organ.ts';
import type { Cancel, Clock, Write } from '../contract/ports.ts';

/**
 * What is committed together with the step that a question leads to, such as the mark that recognises repeats.
 *
 * @param outcome what the step answers; undefined where it puts the answer off
 */
export type Alongside = (outcome: Outcome | undefined) => readonly Write[];

/** A question to an organ that waits for its outcome. It is settled once, at the latest by its deadline. */
export class Ask {
  readonly alongside: Alongside;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #cancel: Cancel;
  #settled = false;
  /** Called once when it is settled by whatever comes first. */
  onSettled: (() => void) | undefined = undefined;

  constructor(clock: Clock, deadlineMs: number, alongside: Alongside, resolve: (outcome: Outcome) => void) {
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

/** What a step answers the question at hand; undefined where it puts the answer off. */
export function answerOf(effects: readonly Effect[]): Outcome | undefined {
  let deferred = false;
  for (const effect of effects) {
    if (effect.effect === 'reply') return { ok: true, body: effect.body };
    if (effect.effect === 'refuse') return refusalOf(effect);
    deferred ||= effect.effect === 'defer';
  }
  return deferred ? undefined : SAID_NOTHING;
}

const SAID_NOTHING: Outcome = { ok: true, body: null };

export function refusalOf(refuse: Extract<Effect, { readonly effect: 'refuse' }>): Outcome {
  return {
    ok: false,
    code: refuse.code,
    ...(refuse.detail === undefined ? {} : { detail: refuse.detail }),
    ...(refuse.retryAfterMs === undefined ? {} : { retryAfterMs: refuse.retryAfterMs }),
    ...(refuse.body === undefined ? {} : { body: refuse.body }),
  };
}
