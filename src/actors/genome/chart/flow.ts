import type { Report } from '../compiler/names.ts';
import type { ChartPlan, StatePlan, TransitionPlan } from './plan.ts';
import { statesAround, statesIn, transitionsOf } from './plan.ts';

/** Where a chart can go: what it never reaches, and where it would go round for ever. */

/** Says which states nothing leads to, which transitions are never taken, and which ends never come. */
export function checkFlow(chart: ChartPlan, report: Report): void {
  const reached = reachable(chart.root);
  for (const state of chart.states.values()) {
    if (!reached.has(state)) report.add(state.at, `nothing leads to the state '${state.path}'`);
  }
  for (const state of [chart.root, ...chart.states.values()]) {
    for (const branches of [...state.on.values(), ...state.after.map(({ transitions }) => transitions), state.onDone]) {
      checkBranches(branches, report);
    }
    checkEnd(state, report);
  }
  checkEndlessEnds(chart, report);
}

/** Every state that some sequence of events can enter. */
function reachable(root: StatePlan): ReadonlySet<StatePlan> {
  const reached = new Set<StatePlan>();
  const waiting: StatePlan[] = [root];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (reached.has(state)) continue;
    reached.add(state);
    waiting.push(...enteredWith(state), ...statesAround(state));
    waiting.push(...transitionsOf(state).flatMap(({ transition }) => transition.target ?? []));
  }
  return reached;
}

/** What entering a state enters directly inside of it, or where a history state leads the first time. */
function enteredWith(state: StatePlan): readonly StatePlan[] {
  if (state.type === 'parallel') return state.children.filter(({ type }) => type !== 'history');
  const next = state.type === 'history' ? state.remembers : state.initial;
  return next === undefined ? [] : [next];
}

function checkBranches(branches: readonly TransitionPlan[], report: Report): void {
  const last = branches.findIndex(({ guard }) => guard === undefined);
  const behind = last < 0 ? undefined : branches[last + 1];
  if (behind !== undefined) report.add(behind.at, 'this is never reached: the transition before it has no guard');
  for (const { guard, at } of branches) {
    if (typeof guard?.literal === 'boolean') report.add(at, `the guard is always ${guard.literal}`);
  }
}

/** Whether the states inside can come to an end. */
function canEnd(state: StatePlan): boolean {
  if (state.type === 'parallel') return state.children.every((region) => region.type === 'history' || canEnd(region));
  return state.children.some(({ type }) => type === 'final');
}

function checkEnd(state: StatePlan, report: Report): void {
  const [first] = state.onDone;
  if (first !== undefined && !canEnd(state)) {
    report.add(first.at, `the state '${state.path}' never comes to an end: it has no final state inside`);
  }
}

/**
 * An end that leads straight to the end that it comes from would go round for ever within one event. What an end enters
 * is taken generously: of a history state, whatever it may remember.
 */
function checkEndlessEnds(chart: ChartPlan, report: Report): void {
  const next = new Map([...chart.states.values()].map((state) => [state, endsEnteredBy(state)] as const));
  for (const state of chart.states.values()) {
    const [first] = state.onDone;
    if (first === undefined || !leadsBack(state, next)) continue;
    report.add(first.at, `the end of '${state.path}' leads straight to its end again, without any event between`);
  }
}

function endsEnteredBy(state: StatePlan): readonly StatePlan[] {
  const entered = state.onDone.flatMap(({ target }) => (target === undefined ? [] : landing(target)));
  return entered.filter(({ type }) => type === 'final').flatMap(endedBy);
}

/** What a final state ends: the state around it, and the parallel ones around that, whose other regions may be done. */
function endedBy(final: StatePlan): readonly StatePlan[] {
  const [around, ...further] = statesAround(final);
  const last = further.findIndex(({ type }) => type !== 'parallel');
  return around === undefined ? [] : [around, ...further.slice(0, last < 0 ? further.length : last)];
}

/** The states that are active right after going to a state, it and those around it included. */
export function landing(target: StatePlan): readonly StatePlan[] {
  if (target.type === 'history') return target.parent === undefined ? [] : statesIn(target.parent);
  return [target, ...descent(target), ...statesAround(target)];
}

function descent(state: StatePlan): readonly StatePlan[] {
  return enteredWith(state).flatMap((inner) => [inner, ...descent(inner)]);
}

function leadsBack(from: StatePlan, next: ReadonlyMap<StatePlan, readonly StatePlan[]>): boolean {
  const seen = new Set<StatePlan>();
  const waiting = [...(next.get(from) ?? [])];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (state === from) return true;
    if (seen.has(state)) continue;
    seen.add(state);
    waiting.push(...(next.get(state) ?? []));
  }
  return false;
}
