import { type Observable, Subject, type Subscription } from 'rxjs';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Input, Moment, Outcome, Ports } from '../contract/organ.ts';
import type { Log } from '../contract/ports.ts';
import type { AnyOrgan } from './any-organ.ts';
import { type Alongside, Ask } from './ask.ts';
import type { Bus, BusEvent } from './bus.ts';
import type { Mode } from './chart.ts';
import { DeadLetters } from './dead-letters.ts';
import { Letter } from './letter.ts';
import { type Fate, type HostEnvironment, OrganHost } from './organ-host.ts';
import type { Outlet } from './outlet.ts';
import { Scheduler } from './scheduler.ts';
import { DEFAULT_SUPERVISION, type Supervision } from './supervision.ts';
import { Supervisor } from './supervisor.ts';

export interface ActorSystemOptions {
  /** For logs and dead letters: `stem`, or the name of a genome. */
  readonly name: string;
  readonly ports: Ports;
  readonly outlet: Outlet;
  readonly bus: Bus;
  /** @default DEFAULT_SUPERVISION, field by field */
  readonly supervision?: Partial<Supervision>;
  /** An organ failed more often than supervision allows, and is gone. */
  onEscalate(error: unknown, organ: string): void;
  /** Messages waiting in each organ. @default LIMITS.mailboxMax */
  readonly mailboxMax?: number;
  /** Shared by the systems of one node, so that they take turns. @default one of its own */
  readonly scheduler?: Scheduler;
  /** Shared by the systems of one node. @default its own */
  readonly deadLetters?: DeadLetters;
}

export interface DeliverOptions {
  /** @default LIMITS.askDeadlineMs */
  readonly deadlineMs?: number;
  /** What is committed together with the step that the input leads to, by what that answers. @default nothing */
  readonly alongside?: Alongside;
}

/** What a death watch tells. `error` is why it failed. */
export interface FateChange {
  readonly organ: string;
  readonly fate: Fate;
  readonly error?: unknown;
}

export interface ModeChange {
  readonly organ: string;
  readonly mode: string;
}

/**
 * One supervised actor system: the organs of a cell, or of a node's stem.
 *
 * @example
 * const cell = new ActorSystem({ name: 'shardTree', ports, outlet, bus, onEscalate: (error) => node.fail(error) })
 * cell.start([treeOrgan, shardsOrgan])
 * await cell.deliver({ kind: 'shards.have', body: { hashes } }) // { ok: true, body: ... }
 * await cell.stop()
 */
export class ActorSystem {
  readonly name: string;
  readonly deadLetters: DeadLetters;
  readonly #options: ActorSystemOptions;
  readonly #supervisor: Supervisor;
  readonly #hosts = new Map<string, OrganHost>();
  /** By the kinds of organs' own messages, and by those of the others' events that they listen to. */
  readonly #routes = new Map<string, OrganHost>();
  // Made when first needed, as cells are many: listeners, watchers, streams and logs.
  #listeners: Map<string, OrganHost[]> | undefined = undefined;
  #watchers: Map<string, Set<(change: FateChange) => void>> | undefined = undefined;
  #log: Log | undefined = undefined;
  #modes: Subject<ModeChange> | undefined = undefined;
  #subscription: Subscription | undefined = undefined;
  #state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
  #stopping: Promise<void> | undefined = undefined;

  constructor(options: ActorSystemOptions) {
    this.name = options.name;
    this.#options = options;
    this.deadLetters = options.deadLetters ?? new DeadLetters();
    this.#supervisor = new Supervisor({
      supervision: { ...DEFAULT_SUPERVISION, ...options.supervision },
      clock: options.ports.clock,
      entropy: options.ports.entropy,
      onEscalate: (error, organ) => this.#escalate(error, organ),
    });
  }

  /**
   * Starts the organs in this order. Every `begin` has run before any of their effects leaves.
   *
   * @throws Error where an organ names what it doesn't have, or the error of a `begin`; then none of them runs
   */
  start(organs: readonly AnyOrgan[]): void {
    if (this.#state !== 'starting' || this.#hosts.size > 0) throw new Error(`actor system '${this.name}' has started`);
    const environment = this.#environment();
    try {
      for (const organ of organs) this.#install(organ, environment);
      const hosts = [...this.#hosts.values()];
      const turns = hosts.map((host) => host.prepare());
      this.#supervisor.supervise(hosts);
      if (this.#listeners !== undefined)
        this.#subscription = this.#options.bus.events$.subscribe((event) => this.#hear(event));
      this.#state = 'running';
      hosts.forEach((host, index) => {
        host.launch(turns[index] as ReturnType<OrganHost['prepare']>);
      });
    } catch (error) {
      this.kill();
      throw error;
    }
  }

  /**
   * Asks the organ named by the part of `kind` before the dot. Resolves with what it replies once that is durable; with
   * null where it says nothing; with a code otherwise: `busy` (its mailbox is full), `deadline`, `no-actor`, `internal`, ...
   */
  deliver(input: Input, options: DeliverOptions = {}): Promise<Outcome> {
    const host = this.#routes.get(input.kind);
    if (host === undefined || host.stopped || this.#state !== 'running')
      return Promise.resolve(this.#undeliverable(input));
    return new Promise((resolve) => {
      const { deadlineMs = LIMITS.askDeadlineMs, alongside = nothing } = options;
      const ask = new Ask(this.#options.ports.clock, deadlineMs, alongside, resolve);
      const taken = host.post(new Letter(input, 'request', ask));
      if (!taken) ask.settle({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
    });
  }

  /**
   * Sends without an answer. What has no organ to go to becomes a dead letter.
   *
   * @throws Fault `mailbox-full`; the message was not taken
   */
  tell(input: Input): void {
    const host = this.#routes.get(input.kind);
    if (host === undefined || host.stopped || this.#state !== 'running') {
      const { code } = this.#undeliverable(input);
      if (code !== 'no-actor') this.#dead(organOf(input.kind), input, code);
    } else if (!host.post(new Letter(input, 'request'))) throw new Fault('mailbox-full');
  }

  /** Each organ's changes of mode from now on, once they are durable. Completes when the system has stopped. */
  get modes$(): Observable<ModeChange> {
    this.#modes ??= new Subject();
    if (this.#state === 'stopped') this.#modes.complete();
    return this.#modes.asObservable();
  }

  /** With the system's name on every line. */
  get log(): Log {
    this.#log ??= this.#options.ports.log.child({ system: this.name });
    return this.#log;
  }

  /** Whether an organ takes messages of this kind. */
  handles(kind: string): boolean {
    return this.#routes.has(kind);
  }

  /** The organ's mode as of its last durable step. Throws `no-actor` for an organ that was never here. */
  mode(organId: string): string {
    return this.#host(organId).mode;
  }

  /**
   * The organ's facts as of its last durable step, for looking only: what a reply has told is in them, and nothing that
   * a crash would lose. Throws `no-actor` for an organ that was never here.
   */
  facts<F>(organId: string): F {
    return this.#host(organId).facts as F;
  }

  /**
   * Tells when the organ fails, is restarted or stops. One that is not there is told as stopped.
   *
   * @returns ends the watch
   */
  watch(organId: string, listener: (change: FateChange) => void): () => void {
    const host = this.#hosts.get(organId);
    if (host === undefined || host.stopped) {
      queueMicrotask(() => listener({ organ: organId, fate: 'stopped' }));
      return () => undefined;
    }
    this.#watchers ??= new Map();
    const listeners = this.#watchers.get(organId) ?? new Set();
    this.#watchers.set(organId, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /**
   * Takes no more messages, finishes the commits under way and lets go what they held, cancels the timers and aborts the
   * effects. Those who still wait for a reply learn `stopping`.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends as a crash of the process would: at once, and what is not durable is lost. For simulations. */
  kill(): void {
    this.#close();
    for (const host of this.#hosts.values()) host.kill({ ok: false, code: 'stopping' });
    this.#finish();
  }

  async #stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#close();
    const hosts = [...this.#hosts.values()];
    await Promise.all(
      hosts.map((host) => new Promise<void>((done) => host.stop({ ok: false, code: 'stopping' }, done))),
    );
    this.#finish();
  }

  #close(): void {
    this.#state = 'stopping';
    this.#supervisor.stop();
    this.#subscription?.unsubscribe();
  }

  #finish(): void {
    this.#state = 'stopped';
    this.#modes?.complete();
    this.#watchers = undefined;
  }

  #install(organ: AnyOrgan, environment: HostEnvironment): void {
    const { id } = organ;
    if (!/^[a-z][A-Za-z0-9-]*$/.test(id)) throw new Error(`'${id}' can't be the id of an organ`);
    if (this.#hosts.has(id)) throw new Error(`actor system '${this.name}' has two organs '${id}'`);
    const host = new OrganHost(organ, environment);
    this.#hosts.set(id, host);
    for (const kind of Object.keys(organ.messages)) {
      if (!Object.hasOwn(organ.receive, kind))
        throw new Error(`organ '${id}' takes '${kind}' of peers but receives it not`);
    }
    for (const kind of Object.keys(organ.receive)) this.#route(kind, host);
  }

  #route(kind: string, host: OrganHost): void {
    // Names without a dot are for timers and answers: nobody else can send them.
    if (!kind.includes('.')) return;
    if (organOf(kind) === host.id) this.#routes.set(kind, host);
    else {
      this.#listeners ??= new Map();
      this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), host]);
    }
  }

  #environment(): HostEnvironment {
    const { ports, outlet, bus, scheduler, mailboxMax } = this.#options;
    return {
      ports,
      outlet,
      bus,
      system: this,
      scheduler: scheduler ?? new Scheduler(ports.clock),
      supervisor: this.#supervisor,
      mailboxMax: mailboxMax ?? LIMITS.mailboxMax,
      momentIn: momentMaker(ports),
      moved: (organ, mode) => this.#modes?.next({ organ, mode }),
      fated: (organ, fate, error) => this.#fated(organ, fate, error),
      dead: (organ, input, code, error) => this.#dead(organ, input, code, error),
    };
  }

  #hear(event: BusEvent): void {
    for (const host of this.#listeners?.get(event.kind) ?? []) {
      if (host.stopped) continue;
      if (!host.post(new Letter(event, 'event'))) this.#dead(host.id, event, 'mailbox-full');
    }
  }

  #undeliverable(input: Input): Outcome & { readonly ok: false } {
    if (this.#state === 'starting') return { ok: false, code: 'starting' };
    if (this.#state !== 'running') return { ok: false, code: 'stopping' };
    const organ = organOf(input.kind);
    const host = this.#hosts.get(organ);
    if (host !== undefined && !host.stopped)
      return { ok: false, code: 'malformed', detail: `no message '${input.kind}'` };
    this.#dead(organ, input, 'no-actor');
    return { ok: false, code: 'no-actor' };
  }

  #dead(organ: string, input: Input, code: string, error?: unknown): void {
    this.log.debug('actor.dead-letter', { organ, kind: input.kind, code });
    this.deadLetters.add({ at: this.#options.ports.clock.now(), system: this.name, organ, input, code, error });
  }

  #fated(organ: string, fate: Fate, error: unknown): void {
    const change: FateChange = error === undefined ? { organ, fate } : { organ, fate, error };
    for (const listener of [...(this.#watchers?.get(organ) ?? [])]) this.#call('watch', () => listener(change));
  }

  #escalate(error: unknown, organ: string): void {
    this.log.error('actor.escalated', { organ, error: String(error) });
    this.#call('onEscalate', () => this.#options.onEscalate(error, organ));
  }

  /** Listeners are called in the middle of a restart: what they throw must not end it half-way. */
  #call(what: string, listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.log.error('actor.listener-failed', { what, error: String(error) });
    }
  }

  #host(organId: string): OrganHost {
    const host = this.#hosts.get(organId);
    if (host === undefined) throw new Fault('no-actor', `There is no organ '${organId}' in '${this.name}'.`);
    return host;
  }
}

const nothing: Alongside = () => [];

/** A moment reads the clock once: a handler sees one time. */
function momentMaker({ clock, entropy }: Ports): (mode: Mode) => Moment {
  const random = (): number => entropy.float();
  const randomBytes = (length: number): Uint8Array => entropy.bytes(length);
  return (mode) => ({ now: clock.now(), monotonic: clock.monotonic(), mode: mode.name, random, randomBytes });
}

function organOf(kind: string): string {
  const dot = kind.indexOf('.');
  return dot < 0 ? kind : kind.slice(0, dot);
}
