import type { AnyStateMachine, AnyStateNode } from 'xstate';

/**
 * XState ignores an action it doesn't know, fails on a guard it doesn't know only when it first needs it, and runs
 * timers and actors of its own. Organs' machines may have none of that: each is checked as a whole before it starts.
 */

/** What is wrong with a machine, one sentence each; and the names of the actions its organ must have. */
export interface MachineReport {
  readonly problems: readonly string[];
  readonly actions: readonly string[];
  /** Where it goes depends on its state and the type of the event alone: no guard, no context, no memory of states left. */
  readonly isTable: boolean;
}

type Report = { problems: string[]; actions: Set<string>; isTable: boolean };
type Definition = { readonly actions: readonly unknown[]; readonly guard?: unknown };

/** Built-in actions that are pure and leave nothing behind; the others would do what is the kernel's. */
const PURE_BUILTINS = new Set(['xstate.assign', 'xstate.raise']);

export function inspectMachine(machine: AnyStateMachine): MachineReport {
  const report: Report = { problems: [], actions: new Set(), isTable: true };
  visitState(machine.root, report);
  return { problems: report.problems, actions: [...report.actions], isTable: report.isTable };
}

function visitState(state: AnyStateNode, report: Report): void {
  const where = `state '${state.path.join('.') || state.machine.id}'`;
  if (state.type === 'history') report.isTable = false;
  if (state.config.invoke !== undefined) report.problems.push(`${where} invokes an actor`);
  if (state.config.after !== undefined) report.problems.push(`${where} uses 'after' in place of the timer effect`);
  for (const action of [...state.entry, ...state.exit]) visitAction(action, where, state.machine, report);
  for (const definitions of state.transitions.values()) visitAll(definitions, where, state.machine, report);
  visitAll(state.always ?? [], where, state.machine, report);
  visitAll(state.config.initial === undefined ? [] : [state.initial], where, state.machine, report);
  for (const child of Object.values(state.states)) visitState(child, report);
}

function visitAll(definitions: readonly Definition[], where: string, machine: AnyStateMachine, report: Report): void {
  for (const { actions, guard } of definitions) {
    for (const action of actions) visitAction(action, where, machine, report);
    if (guard === undefined) continue;
    report.isTable = false;
    visitGuard(guard, where, machine, report);
  }
}

function visitAction(action: unknown, where: string, machine: AnyStateMachine, report: Report): void {
  if (typeof action === 'function') {
    // A built-in assigns, or raises what may depend on the event.
    report.isTable = false;
    const problem = problemOfFunction(action);
    if (problem !== undefined) report.problems.push(`${where} ${problem}`);
    return;
  }
  const name = typeof action === 'string' ? action : (action as { type: string }).type;
  const hasParams = typeof action === 'object' && action !== null && 'params' in action && action.params !== undefined;
  if (hasParams)
    report.problems.push(`${where} gives params to the action '${name}', which organs' actions don't take`);
  // A named built-in is the machine's own; any other implementation in the machine only gives the name its type.
  const provided: unknown = machine.implementations.actions[name];
  if (typeof provided !== 'function' || !isBuiltin(provided)) report.actions.add(name);
  else visitAction(provided, where, machine, report);
}

function problemOfFunction(action: object): string | undefined {
  if (!isBuiltin(action)) return 'has an inline action; name it and put it into the organ';
  if (!PURE_BUILTINS.has(action.type)) return `uses ${action.type}; only assign and raise are pure`;
  const delayed = 'delay' in action && action.delay !== undefined;
  return delayed ? 'raises with a delay in place of the timer effect' : undefined;
}

function isBuiltin(action: object): action is { readonly type: string } {
  return 'type' in action && typeof action.type === 'string' && 'resolve' in action;
}

function visitGuard(guard: unknown, where: string, machine: AnyStateMachine, report: Report): void {
  if (typeof guard === 'function') {
    // and(), or() and not() carry their operands.
    const operands: unknown = 'guards' in guard ? guard.guards : [];
    if (Array.isArray(operands)) for (const operand of operands) visitGuard(operand, where, machine, report);
    return;
  }
  const name = typeof guard === 'string' ? guard : (guard as { type: string }).type;
  const provided: unknown = machine.implementations.guards[name];
  if (provided === undefined) report.problems.push(`${where} uses the unknown guard '${name}'`);
  else if (typeof provided !== 'function') visitGuard(provided, where, machine, report);
}
