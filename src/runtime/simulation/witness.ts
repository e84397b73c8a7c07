import { setup } from 'xstate';
import type { AnyOrgan } from '../../actors/any-organ.ts';
import type { Effect, Input, Moment, Organ, Recipient, Step } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import { flag, shape, text } from '../../contract/schema.ts';
import type { Json, JsonObject } from '../../contract/words.ts';

/**
 * An organ whose messages leave a mark on the disk, so that checkers can tell what became of each: how often it took
 * effect, and where. It also keeps promises over restarts: what it said it would do at a time, it does then or as soon as
 * it lives again.
 */

/** A durable message from one witness to another. */
export interface Testimony {
  /** Unique in a run. */
  readonly id: string;
  /** Whether its receiver refuses it for good. */
  readonly unwelcome: boolean;
}

interface WitnessFacts {
  /** How often each testimony has been taken by this node. */
  readonly taken: { readonly [id: string]: number };
  /** When each promise is due, wall time; done ones are gone. */
  readonly due: { readonly [id: string]: number };
}

/** Where a testimony's effects are counted, in the table `facts`. */
export const TAKEN = 'witness/taken/';
/** Where promises are kept until they are done. */
export const DUE = 'witness/due/';

const testimony: JsonObject = shape({ id: text(64), unwelcome: flag });
const machine = setup({ types: {} as { events: { type: 'witness.idle' } } }).createMachine({
  id: 'witness',
  initial: 'awake',
  states: { awake: { on: { 'witness.idle': {} } } },
});

export const SEND = 'witness.send';
export const PROMISE = 'witness.promise';
const TAKE = 'witness.take';
const REMEMBER = 'witness.remember';

/** Timers count what passes, promises are due by the wall clock, which may jump: so it is looked at often. */
const LOOK_EVERY_MS = 1_000;

type WitnessStep = Step<WitnessFacts>;

/** One for each life of each node. */
export function witnessOrgan(): AnyOrgan {
  const organ: Organ<WitnessFacts> = {
    id: 'witness',
    machine,
    begin: (store, moment) => remember(restored(store), moment),
    messages: { [TAKE]: testimony },
    answers: {},
    receive: {
      [SEND]: send,
      [TAKE]: take,
      [PROMISE]: promise,
      [REMEMBER]: (facts, _input, moment) => remember(facts, moment),
    },
    actions: {},
    effects: {},
  };
  return organ;
}

function restored(store: Pick<Store, 'range'>): WitnessFacts {
  const read = (prefix: string): { [id: string]: number } =>
    Object.fromEntries(
      [...store.range('facts', { prefix })].map(([key, value]) => [key.slice(prefix.length), value as number]),
    );
  return { taken: read(TAKEN), due: read(DUE) };
}

function send(facts: WitnessFacts, { body }: Input<{ to: Recipient; testimony: Testimony }>): WitnessStep {
  const queue: Effect = { effect: 'queue', to: body.to, tree: null, kind: TAKE, body: { ...body.testimony } };
  return { facts, effects: [queue] };
}

function take(facts: WitnessFacts, { body }: Input<Testimony>): WitnessStep {
  if (body.unwelcome) return { facts, effects: [{ effect: 'refuse', code: 'forbidden' }] };
  const times = (facts.taken[body.id] ?? 0) + 1;
  const write: Write = { table: 'facts', key: `${TAKEN}${body.id}`, value: times };
  return { facts: { ...facts, taken: { ...facts.taken, [body.id]: times } }, writes: [write] };
}

function promise(facts: WitnessFacts, { body }: Input<{ id: string; afterMs: number }>, moment: Moment): WitnessStep {
  const dueAt = moment.now + body.afterMs;
  const write: Write = { table: 'facts', key: `${DUE}${body.id}`, value: dueAt };
  const next = { ...facts, due: { ...facts.due, [body.id]: dueAt } };
  return { facts: next, writes: [write], effects: wake(next, moment) };
}

/** Does what is due, and sets the timer for what is due next. */
function remember(facts: WitnessFacts, moment: Moment): WitnessStep {
  const done = Object.keys(facts.due).filter((id) => (facts.due[id] ?? 0) <= moment.now);
  const due = Object.fromEntries(Object.entries(facts.due).filter(([id]) => !done.includes(id)));
  const writes = done.map((id): Write => ({ table: 'facts', key: `${DUE}${id}`, remove: true }));
  const next = { ...facts, due };
  return { facts: next, writes, effects: wake(next, moment) };
}

function wake({ due }: WitnessFacts, moment: Moment): Effect[] {
  const moments = Object.values(due);
  if (moments.length === 0) return [];
  const afterMs = Math.min(Math.max(0, Math.min(...moments) - moment.now), LOOK_EVERY_MS);
  return [{ effect: 'timer', name: REMEMBER, afterMs }];
}

/** The testimony that a message of the queue carries; undefined where it is another organ's message. */
export function testimonyIn(kind: string, body: Json): Testimony | undefined {
  return kind === TAKE ? (body as unknown as Testimony) : undefined;
}
