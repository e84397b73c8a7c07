import type { FaultCode } from '../../../contract/errors.ts';
import type { Expression } from '../expression/expression.ts';
import type { Type } from '../expression/type.ts';
import type { Position } from '../problems.ts';
import type { ObjectShape } from '../shape.ts';

/** A state chart as the compiler leaves it: every name resolved, every expression checked. */
export interface ChartPlan {
  /** The outermost state, which has no name: its path is empty. */
  readonly root: StatePlan;
  /** Every state by its path, names joined by dots; the outermost one is left out. */
  readonly states: ReadonlyMap<string, StatePlan>;
}

export type StateType = 'normal' | 'parallel' | 'final' | 'history';

export interface StatePlan {
  /** Names from the outside in, joined by dots; empty for the outermost state. */
  readonly path: string;
  readonly name: string;
  readonly type: StateType;
  readonly parent: StatePlan | undefined;
  readonly children: readonly StatePlan[];
  /** The state inside that is entered first. */
  readonly initial: StatePlan | undefined;
  /** Of a history state: whether it remembers all levels, and where it leads the first time. */
  readonly deep: boolean;
  readonly remembers: StatePlan | undefined;
  readonly on: ReadonlyMap<string, readonly TransitionPlan[]>;
  readonly after: readonly TimerPlan[];
  readonly onDone: readonly TransitionPlan[];
  readonly entry: ActionsPlan;
  readonly exit: ActionsPlan;
  readonly summary: string;
  readonly at: Position;
}

export interface TimerPlan {
  /** The id of its timer: the path of the state and the delay as it is written. */
  readonly id: string;
  /** As the genome writes it: `30s`, or the name of a delay. */
  readonly label: string;
  /** Milliseconds, or what computes them on entering. */
  readonly delay: number | Expression;
  readonly transitions: readonly TransitionPlan[];
}

export interface TransitionPlan extends ActionsPlan {
  readonly source: StatePlan;
  /** Undefined where the state stays. */
  readonly target: StatePlan | undefined;
  readonly guard: Expression | undefined;
  readonly reply: ValuesPlan | undefined;
  readonly refuse: FaultCode | undefined;
  readonly reenter: boolean;
  readonly summary: string;
  readonly at: Position;
}

/** What is done: assigned first, all from the values of before, then sent. */
export interface ActionsPlan {
  readonly assign: ReadonlyMap<string, Expression>;
  readonly emits: readonly EmitPlan[];
  readonly calls: readonly CallPlan[];
}

export interface EmitPlan {
  readonly to: Target;
  readonly with: ValuesPlan;
  /** What it takes; unknown of another genome's receptor, which checks for itself. */
  readonly input: ObjectShape | undefined;
}

export interface CallPlan extends EmitPlan {
  /** The event that brings the answer, and the one that comes in its place. */
  readonly answer: string;
  readonly failure: string;
  readonly deadlineMs: number;
}

/** Whom a message is for: an organ of the same genome and its verb, or another genome's receptor. */
export type Target =
  | { readonly organ: string; readonly verb: string }
  | { readonly genome: string; readonly receptor: string };

/** An object, computed as a whole or field by field. */
export interface ValuesPlan {
  readonly type: Type;
  readonly whole: Expression | undefined;
  readonly fields: ReadonlyMap<string, Expression>;
}

export const NO_ACTIONS: ActionsPlan = { assign: new Map(), emits: [], calls: [] };

export function targetName(target: Target): string {
  return 'organ' in target ? `${target.organ}.${target.verb}` : `${target.genome}.${target.receptor}`;
}

/** The state itself and all inside it, in the order of the file. */
export function statesIn(state: StatePlan): readonly StatePlan[] {
  return [state, ...state.children.flatMap(statesIn)];
}

/** The states around a state, the nearest first, the outermost one last. */
export function statesAround(state: StatePlan): readonly StatePlan[] {
  return state.parent === undefined ? [] : [state.parent, ...statesAround(state.parent)];
}

/** Every transition of a state, with what sets it off, as people call it. */
export function transitionsOf(
  state: StatePlan,
): readonly { readonly cause: string; readonly transition: TransitionPlan }[] {
  const caused = (cause: string, transitions: readonly TransitionPlan[]) =>
    transitions.map((transition) => ({ cause, transition }));
  return [
    ...[...state.on].flatMap(([event, transitions]) => caused(event, transitions)),
    ...state.after.flatMap(({ label, transitions }) => caused(`after ${label}`, transitions)),
    ...caused('done', state.onDone),
  ];
}
