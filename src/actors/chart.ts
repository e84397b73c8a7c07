import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type StateValue,
} from 'xstate';
import type { Signal } from '../contract/organ.ts';
import type { AnyOrgan } from './any-organ.ts';
import { inspectMachine } from './machine-check.ts';

/** A mode an organ is in, with what the kernel needs to know of it. Immutable. */
export interface Mode {
  readonly snapshot: AnyMachineSnapshot;
  /** `placed`, `placed.attached`; regions of a parallel state are joined by commas. */
  readonly name: string;
  /** What is held back meanwhile: nothing, every request, or the listed kinds. */
  readonly stash: 'none' | 'requests' | ReadonlySet<string>;
}

/** Where an event leads from a mode, and what is to be done on the way. */
interface Transition {
  readonly mode: Mode;
  readonly actions: readonly string[];
}

/**
 * A checked machine, stepped as a pure function. It is made once per machine and shared by all organs that have it.
 * XState's own `transition` does the same but builds an actor for every call, which takes ten times as long. A machine
 * without guards and context is asked once for each mode and event, of which there are a few dozen: after that it is a
 * table.
 */
export class Chart {
  readonly actions: readonly string[];
  readonly initial: Mode;
  /** The names of the actions to run on entering the initial mode. */
  readonly initialActions: readonly string[];
  readonly #machine: AnyStateMachine;
  readonly #events: ReadonlySet<string>;
  readonly #takesAny: boolean;
  /** Of a machine that is a table: what XState said of a mode and an event once it says again. */
  readonly #table: Map<Mode, Map<string, Transition>> | undefined;
  readonly #modes = new Map<string, Mode>();
  readonly #scope: AnyActorScope;
  #ran: string[] = [];

  /** @throws Error that lists everything an organ's machine may not have */
  constructor(machine: AnyStateMachine) {
    const { problems, actions, isTable } = inspectMachine(machine);
    if (problems.length > 0) throw new Error(`machine '${machine.id}': ${problems.join('; ')}`);
    this.#machine = machine;
    this.actions = actions;
    this.#table = isTable ? new Map() : undefined;
    this.#events = new Set(machine.events);
    this.#takesAny = machine.events.some((event) => event.includes('*'));
    this.#scope = this.#inertScope();
    const snapshot: AnyMachineSnapshot = machine.getInitialSnapshot(this.#scope);
    if (snapshot.status === 'error') throw snapshot.error;
    this.initial = this.#modeOf(snapshot);
    this.initialActions = this.#takeRan();
  }

  /**
   * One event. The names of the actions to run, in order, are appended to `actions`.
   *
   * @throws Error for an event that no state of the machine takes: XState would ignore the misspelt name
   */
  step(mode: Mode, signal: Signal, actions: string[]): Mode {
    if (!this.#takesAny && !this.#events.has(signal.type)) {
      throw new Error(`machine '${this.#machine.id}': no state takes the event '${signal.type}'`);
    }
    const transition = this.#known(mode, signal.type) ?? this.#learn(mode, signal);
    for (const name of transition.actions) actions.push(name);
    return transition.mode;
  }

  #known(mode: Mode, event: string): Transition | undefined {
    return this.#table?.get(mode)?.get(event);
  }

  #learn(mode: Mode, signal: Signal): Transition {
    const snapshot: AnyMachineSnapshot = this.#machine.transition(mode.snapshot, signal, this.#scope);
    const next = snapshot === mode.snapshot ? mode : this.#modeOf(snapshot);
    const transition: Transition = { mode: next, actions: this.#takeRan() };
    if (this.#table === undefined || this.#takesAny) return transition;
    const transitions = this.#table.get(mode) ?? new Map<string, Transition>();
    this.#table.set(mode, transitions.set(signal.type, transition));
    return transition;
  }

  /** In a table a state has one mode, whichever way led to it. */
  #modeOf(snapshot: AnyMachineSnapshot): Mode {
    const mode = modeOf(snapshot);
    if (this.#table === undefined) return mode;
    const known = this.#modes.get(mode.name);
    if (known !== undefined) return known;
    this.#modes.set(mode.name, mode);
    return mode;
  }

  #takeRan(): readonly string[] {
    // The list that is handed out must not be the one that later actions are added to.
    if (this.#ran.length === 0) return [];
    const ran = this.#ran;
    this.#ran = [];
    return ran;
  }

  /** An actor that is never started: XState wants one to name as the actions' `self`. */
  #inertScope(): AnyActorScope {
    const self = createActor(this.#machine);
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
      actionExecutor: ({ type }) => {
        // The built-ins that the check lets pass have done their work by now.
        if (!type.startsWith('xstate.')) this.#ran.push(type);
      },
    };
  }
}

const charts = new WeakMap<AnyStateMachine, Chart>();

/** The organ's chart. @throws Error that names the action its organ lacks */
export function chartOf(organ: AnyOrgan): Chart {
  let chart = charts.get(organ.machine);
  if (chart === undefined) {
    chart = new Chart(organ.machine);
    charts.set(organ.machine, chart);
  }
  for (const name of chart.actions) {
    if (!Object.hasOwn(organ.actions, name)) throw new Error(`organ '${organ.id}' has no action '${name}'`);
  }
  return chart;
}

function modeOf(snapshot: AnyMachineSnapshot): Mode {
  return { snapshot, name: modeName(snapshot.value), stash: stashOf(snapshot) };
}

function modeName(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([state, inner]) => (inner === undefined || isLeaf(inner) ? state : `${state}.${modeName(inner)}`))
    .join(',');
}

const isLeaf = (value: StateValue): boolean => typeof value === 'object' && Object.keys(value).length === 0;

function stashOf(snapshot: AnyMachineSnapshot): Mode['stash'] {
  if (!snapshot.hasTag('stashing')) return 'none';
  const metas: readonly unknown[] = Object.values(snapshot.getMeta());
  const kinds = metas.flatMap((meta) => (isStashMeta(meta) ? meta.stash : []));
  return kinds.length > 0 ? new Set(kinds) : 'requests';
}

function isStashMeta(meta: unknown): meta is { readonly stash: readonly string[] } {
  return typeof meta === 'object' && meta !== null && 'stash' in meta && Array.isArray(meta.stash);
}
