import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type StateValue,
} from 'xstate';
import { canonical } from '../../contract/encoding.ts';
import type { FaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { type ChartContext, MACHINE_ID, machineOf, timerEvent } from './chart/machine.ts';
import { Run, type Sending } from './chart/run.ts';
import { conform, Misfit } from './conform.ts';
import { ExpressionFailure, Meter } from './expression/meter.ts';
import type { EntityPlan } from './plan.ts';

export type { Sending } from './chart/run.ts';

/**
 * One step of an entity, as a pure function: what it was, what happens to it and when, give what it is then, what is
 * answered, what is sent and which timers run. The organ that drives it stores the facts by compare-and-set before it lets
 * anything leave; a second activation then fails at its first step.
 */

/** What an entity is: a JSON value that is all there is to know, wherever it goes on. */
export interface EntityFacts {
  /** Its state as XState writes it: a name, or names of names. */
  readonly state: Json;
  readonly context: JsonObject;
  /** By the path of a history state: the paths of the states that it leads back to. */
  readonly history: { readonly [state: string]: readonly string[] };
  /** When its timers fire, in epoch milliseconds, by their ids. */
  readonly timers: { readonly [timer: string]: number };
}

/** What happens to an entity. `caller` is the key id of a passport, empty for what comes from inside. */
export type EntityInput =
  | { readonly event: string; readonly body: JsonObject; readonly caller?: string }
  | { readonly timer: string };

export interface EntityStep {
  /** Undefined for an entity that isn't there: it was never changed, or has come to its end. */
  readonly facts: EntityFacts | undefined;
  /** Whether there is anything to store. */
  readonly changed: boolean;
  /** The answer, or why the event was not taken; then nothing is sent. */
  readonly outcome:
    | { readonly ok: true; readonly body: Json }
    | { readonly ok: false; readonly code: FaultCode; readonly detail: string };
  /** Messages and calls, in the order of the chart. */
  readonly sendings: readonly Sending[];
  /** Steps of expressions, at most `expressionStepsMax`. */
  readonly spent: number;
}

/**
 * The key of the entity that an event is for.
 *
 * @throws Misfit where the expression gives no key for this event
 */
export function entityKey(plan: EntityPlan, event: string, body: JsonObject, now: number): string {
  const expression = plan.events[event]?.key;
  if (expression === undefined) throw new Misfit(`has no key: '${event}' is sent by the entity itself`);
  const key = expression.evaluate([body, now], new Meter());
  return conform({ type: 'string', minLength: 1, maxLength: LIMITS.entityKeyMax }, key, 'the key') as string;
}

/**
 * Makes one step. Never throws for an event whose body conforms to its shape; facts are never changed in place.
 *
 * @example stepEntity(plan, undefined, { event: 'vote', body: { id: 't1', by: 2 } }, 't1', Date.UTC(2026, 0, 1)).outcome // { ok: true, body: { votes: 2 } }
 */
export function stepEntity(
  plan: EntityPlan,
  facts: EntityFacts | undefined,
  input: EntityInput,
  key: string,
  now: number,
): EntityStep {
  const isEvent = 'event' in input;
  if (!isEvent && facts?.timers[input.timer] === undefined)
    return untaken(facts, 'conflict', 'the timer is not running');
  const occasion = { key, now, caller: (isEvent ? input.caller : undefined) ?? '', event: isEvent ? input.body : null };
  const run = new Run(occasion, facts === undefined ? '' : stateText(facts.state));
  try {
    return new Step(plan, facts, run).take(input);
  } catch (error) {
    return failed(facts, input, run, error);
  }
}

/** When an entity wants to be stepped next, and by which timer; undefined where none runs. */
export function nextTimer(facts: EntityFacts): { readonly timer: string; readonly at: number } | undefined {
  const [first] = Object.entries(facts.timers).sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1));
  return first === undefined ? undefined : { timer: first[0], at: first[1] };
}

function untaken(facts: EntityFacts | undefined, code: FaultCode, detail: string): EntityStep {
  return { facts, changed: false, outcome: { ok: false, code, detail }, sendings: [], spent: 0 };
}

/** A step that couldn't be computed changes nothing, except that a timer has fired: it would fire for ever otherwise. */
function failed(facts: EntityFacts | undefined, input: EntityInput, run: Run, error: unknown): EntityStep {
  const cause = run.failure ?? error;
  const expected = cause instanceof ExpressionFailure || cause instanceof Misfit;
  if (!expected && !isEndless(cause)) throw cause;
  const step = { ...untaken(facts, 'not-computable', (cause as Error).message), spent: run.meter.spent };
  if ('event' in input || facts === undefined) return step;
  const { [input.timer]: _fired, ...timers } = facts.timers;
  return { ...step, facts: { ...facts, timers }, changed: true };
}

/** XState's own bound on the transitions of one event, which it only tells by its message. */
function isEndless(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Infinite loop detected');
}

class Step {
  readonly #plan: EntityPlan;
  readonly #facts: EntityFacts | undefined;
  readonly #run: Run;
  readonly #machine: AnyStateMachine;
  readonly #scope: AnyActorScope;

  constructor(plan: EntityPlan, facts: EntityFacts | undefined, run: Run) {
    this.#plan = plan;
    this.#facts = facts;
    this.#run = run;
    ({ machine: this.#machine, scope: this.#scope } = machineFor(plan));
  }

  take(input: EntityInput): EntityStep {
    const run = this.#run;
    const before = this.#snapshot();
    run.state = stateText(before.value as Json);
    const type = 'event' in input ? input.event : timerEvent(input.timer);
    if ('timer' in input) run.timers.set(input.timer, undefined);
    const after: AnyMachineSnapshot = this.#machine.transition(before, { type }, this.#scope);
    if (after.status === 'error') throw after.error;
    return this.#settle(input, before, after);
  }

  #snapshot(): AnyMachineSnapshot {
    const facts = this.#facts;
    if (facts === undefined) {
      const snapshot: AnyMachineSnapshot = this.#machine.getInitialSnapshot(this.#scope, this.#run);
      if (snapshot.status === 'error') throw snapshot.error;
      return snapshot;
    }
    const context: ChartContext = { data: facts.context, run: this.#run };
    return this.#machine.resolveState({
      value: facts.state as StateValue,
      context,
      historyValue: this.#history(facts),
    });
  }

  #history({ history }: EntityFacts): AnyMachineSnapshot['historyValue'] {
    const entries = Object.entries(history).map(([state, paths]) => {
      return [idOf(state), paths.map((path) => this.#machine.getStateNodeById(idOf(path)))] as const;
    });
    return Object.fromEntries(entries);
  }

  #settle(input: EntityInput, before: AnyMachineSnapshot, after: AnyMachineSnapshot): EntityStep {
    const run = this.#run;
    if (run.taken.length === 0 && 'event' in input) {
      return this.#refused('not-taken', `'${input.event}' is not taken in the state ${run.state}`);
    }
    if (run.refusal !== undefined)
      return this.#refused(run.refusal, `'${(input as { event: string }).event}' is refused`);
    run.state = stateText(after.value as Json);
    const { data } = after.context as ChartContext;
    const body = this.#reply(data);
    const readOnly = 'event' in input && this.#plan.events[input.event]?.readOnly === true;
    if (readOnly)
      return { facts: this.#facts, changed: false, outcome: { ok: true, body }, sendings: [], spent: run.meter.spent };
    const facts = after.status === 'done' ? undefined : this.#factsOf(before, after, data);
    if (facts !== undefined && bytesOf(facts) > LIMITS.entityBytesMax) {
      return this.#refused('too-large', `the entity would have more than ${LIMITS.entityBytesMax} bytes`);
    }
    return { facts, changed: true, outcome: { ok: true, body }, sendings: run.sendings, spent: run.meter.spent };
  }

  #refused(code: FaultCode, detail: string): EntityStep {
    return { ...untaken(this.#facts, code, detail), spent: this.#run.meter.spent };
  }

  /** Computed last, of what the entity is then. */
  #reply(data: JsonObject): Json {
    const { taken } = this.#run;
    const reply = taken.find((transition) => transition.reply !== undefined)?.reply;
    return reply === undefined ? {} : this.#run.values(reply, data, undefined);
  }

  #factsOf(before: AnyMachineSnapshot, after: AnyMachineSnapshot, context: JsonObject): EntityFacts {
    const timers = { ...this.#facts?.timers };
    for (const [timer, at] of this.#run.timers) {
      if (at === undefined) delete timers[timer];
      else timers[timer] = at;
    }
    const history = Object.entries({ ...before.historyValue, ...after.historyValue }).map(([id, nodes]) => {
      return [pathOf(id), nodes.map((node: { id: string }) => pathOf(node.id))] as const;
    });
    return { state: after.value as Json, context, history: Object.fromEntries(history), timers };
  }
}

function bytesOf(facts: EntityFacts): number {
  return Buffer.byteLength(canonical(facts));
}

const idOf = (path: string): string => (path === '' ? MACHINE_ID : `${MACHINE_ID}.${path}`);
const pathOf = (id: string): string => id.slice(MACHINE_ID.length + 1);

/** `open`, `open.waiting`; regions that are active at once are joined by commas. */
export function stateText(value: Json): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as JsonObject)
    .map(([state, inner]) =>
      isLeaf(inner)
        ? state
        : stateText(inner)
            .split(',')
            .map((path) => `${state}.${path}`)
            .join(','),
    )
    .join(',');
}

const isLeaf = (value: Json): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

const machines = new WeakMap<EntityPlan, { readonly machine: AnyStateMachine; readonly scope: AnyActorScope }>();

/** A machine is made once, when its first entity takes its first event. */
function machineFor(plan: EntityPlan): { readonly machine: AnyStateMachine; readonly scope: AnyActorScope } {
  let made = machines.get(plan);
  if (made === undefined) {
    const machine = machineOf(plan);
    made = { machine, scope: inertScope(machine) };
    machines.set(plan, made);
  }
  return made;
}

/** An actor that is never started: XState wants one to name as the actions' `self`. Actions run at once, in order. */
function inertScope(machine: AnyStateMachine): AnyActorScope {
  const self = createActor(machine, { input: new Run({ key: '', now: 0, caller: '', event: null }, '') });
  const nothing = (): void => undefined;
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ exec, info, params }) => exec?.(info, params),
  };
}
