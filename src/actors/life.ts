import { isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Answer, Effect, EffectScope, Input, Outcome, Ports } from '../contract/organ.ts';
import type { Cancel, Log } from '../contract/ports.ts';
import type { AnyOrgan } from './any-organ.ts';
import { type Ask, outcomeOf, refusalOf } from './ask.ts';
import type { Bus } from './bus.ts';
import type { Outlet } from './outlet.ts';

/** What a life needs of the organ's host. */
export interface LifeHost {
  readonly organ: AnyOrgan;
  readonly ports: Ports;
  readonly outlet: Outlet;
  readonly bus: Bus;
  readonly log: Log;
  /** Puts an input of the organ's own into its mailbox; `claim` is `Letter.claim`. Throws `mailbox-full`. */
  own(input: Input, claim: () => boolean): void;
  /** An effect failed in a way that is a defect of the organ. */
  failed(error: unknown): void;
}

type EffectOf<N extends Effect['effect']> = Extract<Effect, { readonly effect: N }>;
type Perform = (params: unknown, scope: EffectScope) => void | Promise<void>;

interface Timer {
  readonly cancel: Cancel;
}

/**
 * One life of an organ, from a start to the next restart or stop: its timers, the replies it owes, the questions it
 * asked and the signal that its effects see. All of it ends with the life, and nothing of it reaches the next one.
 */
export class Life {
  readonly #host: LifeHost;
  #ended = false;
  // Most organs need only some of these, so each is made when first needed.
  #timers: Map<string, Timer> | undefined = undefined;
  #owed: Map<string, Ask> | undefined = undefined;
  #scope: EffectScope | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  /** Effects that have not come to their end. */
  #running: Set<Promise<void>> | undefined = undefined;
  #asking = 0;

  constructor(host: LifeHost) {
    this.#host = host;
  }

  /** Lets one effect go. `ask` is the question that the input at hand was, where it was one. */
  perform(effect: Effect, ask: Ask | undefined): void {
    if (this.#ended) return;
    try {
      this.#dispatch(effect, ask);
    } catch (error) {
      this.#effectFailed(effect, error);
    }
  }

  /**
   * Cancels the timers, aborts the effects and answers what is owed.
   *
   * @param outcome what those learn who still wait for a reply
   */
  end(outcome: Outcome): void {
    this.#ended = true;
    for (const timer of this.#timers?.values() ?? []) timer.cancel();
    this.#timers = undefined;
    const owed = this.#owed;
    this.#owed = undefined;
    for (const ask of owed?.values() ?? []) ask.settle(outcome);
    this.#abort?.abort();
  }

  /**
   * Resolves when the effects have come to their end, which their signal asks them for, or to the number of those that have
   * not after `LIMITS.effectDrainMs`. Undefined where none is under way.
   */
  drained(): Promise<number> | undefined {
    const running = this.#running;
    if (running === undefined || running.size === 0) return undefined;
    return new Promise((resolve) => {
      const cancel = this.#host.ports.clock.schedule(LIMITS.effectDrainMs, () => resolve(running.size));
      void Promise.all(running).then(() => {
        cancel();
        resolve(0);
      });
    });
  }

  #dispatch(effect: Effect, ask: Ask | undefined): void {
    const { outlet, bus } = this.#host;
    switch (effect.effect) {
      case 'tell':
        outlet.tell(effect.to, { tree: effect.tree, kind: effect.kind, body: effect.body });
        break;
      case 'ask':
        this.#ask(effect);
        break;
      case 'relay':
        outlet.relay(effect.to, effect.message);
        break;
      case 'queue':
        // Its rows were committed with the step.
        outlet.enqueued();
        break;
      case 'emit':
        bus.publish({ kind: effect.kind, body: effect.body });
        break;
      case 'timer':
        this.#setTimer(effect);
        break;
      case 'untimer':
        this.#unsetTimer(effect.name);
        break;
      case 'run':
        this.#run(effect);
        break;
      default:
        this.#answer(effect, ask);
    }
  }

  #answer(effect: EffectOf<'reply' | 'refuse' | 'defer' | 'answer'>, ask: Ask | undefined): void {
    if (effect.effect === 'answer') this.#owed?.get(effect.token)?.settle(effect.outcome);
    else if (effect.effect === 'reply') ask?.settle({ ok: true, body: effect.body });
    else if (effect.effect === 'refuse') ask?.settle(refusalOf(effect));
    else if (ask !== undefined) this.#defer(effect.token, ask);
  }

  #ask(effect: EffectOf<'ask'>): void {
    if (this.#asking >= LIMITS.asksPendingMax) {
      this.#answered(effect, { ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
      return;
    }
    this.#asking++;
    const message = { tree: effect.tree, kind: effect.kind, body: effect.body };
    const settled = (outcome: Outcome): void => {
      this.#asking--;
      this.#answered(effect, outcome);
    };
    this.#host.outlet.ask(effect.to, message, effect.deadlineMs).then(settled, (error: unknown) => {
      if (!isFault(error)) this.#host.log.error('actor.outlet-failed', { kind: effect.kind, error: String(error) });
      settled(outcomeOf(error));
    });
  }

  #answered(effect: EffectOf<'ask'>, outcome: Outcome): void {
    const body: Answer = { to: effect.to, tag: effect.tag, outcome };
    this.#tellOwn({ kind: effect.onAnswer, body }, () => !this.#ended);
  }

  #defer(token: string, ask: Ask): void {
    this.#owed ??= new Map();
    const owed = this.#owed;
    if (owed.size >= LIMITS.deferredMax) {
      ask.settle({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
      return;
    }
    if (owed.has(token)) {
      // A token names one question: a second one under it would leave one of the two without an answer.
      ask.settle({ ok: false, code: 'internal' });
      throw new Error(`the token '${token}' already names a deferred reply`);
    }
    owed.set(token, ask);
    ask.onSettled = () => owed.delete(token);
  }

  #setTimer({ name, afterMs, body }: EffectOf<'timer'>): void {
    this.#unsetTimer(name);
    this.#timers ??= new Map();
    // A timer that was set anew or taken back while its input waited in the mailbox must not be seen any more.
    const claim = (): boolean => this.#timers?.get(name) === timer && this.#timers.delete(name);
    const due = (): void => this.#tellOwn({ kind: name, body }, claim);
    const timer: Timer = { cancel: this.#host.ports.clock.schedule(afterMs, due) };
    this.#timers.set(name, timer);
  }

  #unsetTimer(name: string): void {
    this.#timers?.get(name)?.cancel();
    this.#timers?.delete(name);
  }

  #run(effect: EffectOf<'run'>): void {
    const perform = this.#host.organ.effects[effect.name] as Perform;
    this.#scope ??= this.#makeScope();
    const running = perform(effect.params, this.#scope);
    if (running === undefined) return;
    this.#running ??= new Set();
    const open = this.#running;
    const ended: Promise<void> = running
      .catch((error: unknown) => this.#effectFailed(effect, error))
      .finally(() => open.delete(ended));
    open.add(ended);
  }

  #makeScope(): EffectScope {
    const abort = new AbortController();
    this.#abort = abort;
    return {
      ports: this.#host.ports,
      signal: abort.signal,
      tell: (input) => {
        if (!this.#ended) this.#host.own(input, () => !this.#ended);
      },
    };
  }

  /** Timers and answers have room of their own in the mailbox: losing one may stall an organ for ever. */
  #tellOwn(input: Input, claim: () => boolean): void {
    if (this.#ended) return;
    try {
      this.#host.own(input, claim);
    } catch (error) {
      this.#host.log.error('actor.own-input-lost', { kind: input.kind, error: String(error) });
      this.#host.failed(error);
    }
  }

  #effectFailed(effect: Effect, error: unknown): void {
    const what = effect.effect === 'run' ? effect.name : effect.effect;
    const fields = { effect: what, error: String(error) };
    // An effect whose life has ended was asked to give up.
    if (this.#ended && isFault(error)) this.#host.log.debug('actor.effect-given-up', fields);
    else this.#host.log.warn('actor.effect-failed', fields);
    if (!this.#ended && !isFault(error)) this.#host.failed(error);
  }
}
