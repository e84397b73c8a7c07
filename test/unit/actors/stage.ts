import { setup } from 'xstate';
import { ActorSystem, type ActorSystemOptions } from '../../../src/actors/actor-system.ts';
import { Bus } from '../../../src/actors/bus.ts';
import type { OutboundMessage, Outlet } from '../../../src/actors/outlet.ts';
import { Fault } from '../../../src/contract/errors.ts';
import type { Effect, Organ, Outcome, Ports, Recipient, Step } from '../../../src/contract/organ.ts';
import type { Store, Write } from '../../../src/contract/ports.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';

/** An outlet that writes down what leaves, in order. */
export class RecordingOutlet implements Outlet {
  readonly sent: string[] = [];
  /** Answers to questions, oldest first; further questions are never answered. */
  readonly answers: (Promise<Outcome> | Outcome)[] = [];
  readonly abandonedRows: Write[] = [];
  /** Rows that may still be enqueued before `outbox-full`. */
  room = Number.POSITIVE_INFINITY;
  #rows = 0;

  ask(to: string, message: OutboundMessage): Promise<Outcome> {
    this.sent.push(`ask ${to} ${message.kind}`);
    const answer = this.answers.shift();
    return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
  }

  tell(to: string, message: OutboundMessage): void {
    this.sent.push(`tell ${to} ${message.kind} ${JSON.stringify(message.body)}`);
  }

  relay(to: string): void {
    this.sent.push(`relay ${to}`);
  }

  enqueue(_to: Recipient, message: OutboundMessage): readonly Write[] {
    if (this.room-- <= 0) throw new Fault('outbox-full');
    this.#rows++;
    return [{ table: 'outbox', key: `row-${this.#rows}`, value: message.body }];
  }

  enqueued(): void {
    this.sent.push('enqueued');
  }

  abandoned(rows: readonly Write[]): void {
    this.abandonedRows.push(...rows);
  }
}

/** A node's worth of ports on virtual time, and actor systems on them. */
export class Stage {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk();
  readonly log = memoryLog();
  readonly outlet = new RecordingOutlet();
  readonly bus = new Bus();
  readonly escalated: { readonly error: unknown; readonly organ: string }[] = [];
  readonly ports: Ports;

  constructor(options: { readonly flushMs?: number; readonly store?: (store: Store) => Store } = {}) {
    const store = this.disk.open({ clock: this.clock, flushMs: options.flushMs ?? 5 });
    this.ports = {
      clock: this.clock,
      entropy: seededEntropy(1),
      store: options.store?.(store) ?? store,
      signer: twinSigner('stage'),
      log: this.log,
    };
  }

  system(organs: Parameters<ActorSystem['start']>[0], options: Partial<ActorSystemOptions> = {}): ActorSystem {
    const system = new ActorSystem({
      name: 'cell',
      ports: this.ports,
      outlet: this.outlet,
      bus: this.bus,
      onEscalate: (error, organ) => this.escalated.push({ error, organ }),
      ...options,
    });
    system.start(organs);
    return system;
  }

  /** Lets time pass until the promise is settled, at most ten minutes. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    if (!(await this.clock.runUntil(() => settled, 600_000))) throw new Error('not settled within ten minutes');
    return promise;
  }

  /** Lets microtasks run, no time passes. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }
}

/** A machine with one mode. */
export const idleMachine = setup({}).createMachine({ id: 'idle', initial: 'idle', states: { idle: {} } });

/** An organ that does nothing but what is given. */
export function organOf<F>(id: string, facts: F, parts: Partial<Organ<F>>): Organ<F> {
  return {
    id,
    machine: idleMachine,
    begin: () => ({ facts }),
    messages: {},
    answers: {},
    receive: {},
    actions: {},
    effects: {},
    ...parts,
  };
}

/** Facts that are a list of what was handled. */
export type Heard = readonly unknown[];

/** A step that adds one to the list. */
export function hear(facts: Heard, what: unknown, rest: Omit<Step<Heard>, 'facts'> = {}): Step<Heard> {
  return { facts: [...facts, what], ...rest };
}

/** One write, so that a step takes a flush. */
export const someWrite = (key = 'k', value: number | string = 1): Write => ({ table: 'facts', key, value });

const tell = (body: number): Effect => ({ effect: 'tell', to: 'peer', tree: null, kind: 'x.y', body });
const queue: Effect = { effect: 'queue', to: { cell: 'peer' }, tree: null, kind: 'x.y', body: 'row' };

/** Writes where the body says so, and tells its body to a peer. */
export const writer = organOf<Heard>('w', [], {
  begin: (store) => ({ facts: (store.get('facts', 'count') as number | undefined) === undefined ? [] : ['from disk'] }),
  receive: {
    'w.write': (facts, { body }: { body: number }) =>
      hear(facts, body, {
        writes: [{ table: 'facts', key: 'count', value: facts.length + 1 }],
        effects: [tell(body), { effect: 'reply', body }],
      }),
    'w.read': (facts, { body }: { body: number }) =>
      hear(facts, body, { effects: [tell(body), { effect: 'reply', body: facts.length }] }),
    'w.queue': (facts) => ({ facts, effects: [queue, queue, { effect: 'reply', body: 'queued' }] }),
    'w.busy': (facts) => ({ facts, effects: [{ effect: 'refuse', code: 'busy', retryAfterMs: 7 }] }),
    'w.refuse': (facts) => ({ facts, effects: [{ effect: 'refuse', code: 'conflict', detail: 'd', body: 3 }] }),
    'w.defer': (facts, { body }: { body: string }) => ({ facts, effects: [{ effect: 'defer', token: body }] }),
    'w.boom': () => {
      throw new Error('boom');
    },
  },
});

/** What the writer told, in order. */
export const told = (stage: Stage): string[] => stage.outlet.sent.map((line) => line.split(' ').at(-1) ?? '');
