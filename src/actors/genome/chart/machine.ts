import { type AnyStateMachine, assign, createMachine } from 'xstate';
import { LIMITS } from '../../../contract/limits.ts';
import type { Json, JsonObject } from '../../../contract/words.ts';
import { conform } from '../conform.ts';
import { emptyMap } from '../expression/value.ts';
import type { EntityPlan } from '../plan.ts';
import type { ActionsPlan, StatePlan, TransitionPlan } from './plan.ts';
import type { Run } from './run.ts';

/** What XState carries from state to state: what the entity remembers, and the step that is being made. */
export interface ChartContext {
  readonly data: JsonObject;
  readonly run: Run;
}

/** A part of a machine's configuration. It is made from data, so the types that XState infers from literals don't help. */
type Config = { readonly [part: string]: unknown };
type Args = { readonly context: ChartContext };

/** The id of the outermost state; ids of the others are their paths behind it. */
export const MACHINE_ID = 'entity';

/** The event by which a timer sets off its transitions. No event of a genome has a slash in its name. */
export const timerEvent = (timer: string): string => `after/${timer}`;

/**
 * The chart as an XState machine. XState chooses the transitions and their order; what they do is done by the expressions
 * of the genome, each of which counts its work in the run of the step.
 */
export function machineOf({
  chart,
  context,
  initial,
}: Pick<EntityPlan, 'chart' | 'context' | 'initial'>): AnyStateMachine {
  return createMachine({
    ...new MachineBuilder(context).node(chart.root),
    id: MACHINE_ID,
    context: ({ input }: { input: unknown }): ChartContext => ({ data: initial, run: input as Run }),
    // The compiler refuses the loops that it can see; this is for the rest of them.
    options: { maxIterations: LIMITS.chartMicrostepsMax },
  } as Parameters<typeof createMachine>[0]) as AnyStateMachine;
}

class MachineBuilder {
  readonly #context: EntityPlan['context'];

  constructor(context: EntityPlan['context']) {
    this.#context = context;
  }

  node(state: StatePlan): Config {
    if (state.type === 'history') {
      return {
        type: 'history',
        history: state.deep ? 'deep' : 'shallow',
        ...(state.remembers === undefined ? {} : { target: idOf(state.remembers) }),
      };
    }
    const on = [
      ...[...state.on].map(([event, transitions]) => [event, this.#transitions(transitions)] as const),
      ...state.after.map(({ id, transitions }) => [timerEvent(id), this.#transitions(transitions)] as const),
    ];
    return {
      ...(state.type === 'normal' ? {} : { type: state.type }),
      ...(state.initial === undefined ? {} : { initial: state.initial.name }),
      ...(state.children.length === 0 ? {} : { states: this.#children(state) }),
      on: Object.fromEntries(on),
      ...(state.onDone.length === 0 ? {} : { onDone: this.#transitions(state.onDone) }),
      entry: [...this.#actions(state.entry), ({ context }: Args) => this.#arm(state, context)],
      exit: [...this.#actions(state.exit), ({ context }: Args) => disarm(state, context)],
    };
  }

  #children(state: StatePlan): Config {
    return Object.fromEntries(state.children.map((child) => [child.name, this.node(child)]));
  }

  #transitions(transitions: readonly TransitionPlan[]): Config[] {
    return transitions.map((transition) => this.#transition(transition));
  }

  #transition(transition: TransitionPlan): Config {
    const { target, guard, refuse, reenter } = transition;
    const note = ({ context: { run } }: Args): void => {
      run.taken.push(transition);
      run.refusal ??= refuse;
    };
    return {
      ...(target === undefined ? {} : { target: idOf(target) }),
      ...(reenter ? { reenter } : {}),
      ...(guard === undefined ? {} : { guard: ({ context }: Args) => holds(guard, context) }),
      actions: [note, ...this.#actions(transition)],
    };
  }

  /** New values first, all of them from the old ones; what is sent sees the new ones. */
  #actions(actions: ActionsPlan): unknown[] {
    const sends = [...actions.emits, ...actions.calls];
    return [
      ...(actions.assign.size === 0
        ? []
        : [assign(({ context }: Args) => ({ data: this.#assigned(actions, context) }))]),
      ...(sends.length === 0 ? [] : [({ context }: Args) => send(sends, context)]),
    ];
  }

  #assigned({ assign: fields }: ActionsPlan, { data, run }: ChartContext): JsonObject {
    const next = emptyMap();
    for (const [name, value] of Object.entries(data)) next[name] = value;
    for (const [name, expression] of fields) next[name] = this.#field(name, run.evaluate(expression, data), run);
    return next;
  }

  #field(name: string, value: Json, run: Run): Json {
    const shape = this.#context.fields.get(name)?.shape;
    return shape === undefined ? value : conform(shape, value, `context.${name}`, run.meter);
  }

  #arm({ after }: StatePlan, { data, run }: ChartContext): void {
    for (const { id, delay } of after) {
      const ms = typeof delay === 'number' ? delay : (run.evaluate(delay, data) as number);
      const held = Math.min(Math.max(ms, LIMITS.timerMinMs), LIMITS.timerMaxMs);
      run.timers.set(id, run.occasion.now + held);
    }
  }
}

function idOf({ path }: StatePlan): string {
  return path === '' ? `#${MACHINE_ID}` : `#${MACHINE_ID}.${path}`;
}

/** XState wraps what a guard throws into a text: the step remembers what it was. */
function holds(guard: NonNullable<TransitionPlan['guard']>, { data, run }: ChartContext): boolean {
  try {
    return run.evaluate(guard, data) === true;
  } catch (error) {
    run.failure ??= error;
    throw error;
  }
}

function send(sends: ActionsPlan['emits' | 'calls'], { data, run }: ChartContext): void {
  for (const sending of sends) {
    const { to, with: values, input } = sending;
    const call =
      'answer' in sending
        ? { answer: sending.answer, failure: sending.failure, deadlineMs: sending.deadlineMs }
        : undefined;
    run.sendings.push({ to, body: run.values(values, data, input), call });
  }
}

function disarm({ after }: StatePlan, { run }: ChartContext): void {
  for (const { id } of after) run.timers.set(id, undefined);
}
