import { type ChartPlan, type StatePlan, statesAround, type TransitionPlan, transitionsOf } from '../chart/plan.ts';
import { describeType, join, type Type } from '../expression/type.ts';
import type { Position } from '../problems.ts';
import type { Signature } from './directory.ts';
import { place, type Report } from './names.ts';

/** What the events of a chart are answered with, and which of them change anything. */

const EMPTY: Type = { is: 'object', fields: new Map() };

/** The transitions that an event sets off, in the order of the file. */
export function transitionsFor(chart: ChartPlan, event: string): readonly TransitionPlan[] {
  return [chart.root, ...chart.states.values()].flatMap((state) => state.on.get(event) ?? []);
}

/** Finds the one type of an event's replies, and says where they differ. */
export function settleReplies(chart: ChartPlan, events: ReadonlyMap<string, Signature>, report: Report): void {
  for (const signature of events.values()) {
    const transitions = transitionsFor(chart, signature.verb);
    signature.output = replyType(
      signature.verb,
      transitions.filter(({ refuse }) => refuse === undefined),
      report,
    );
  }
}

function replyType(event: string, transitions: readonly TransitionPlan[], report: Report): Type {
  const [first, ...others] = transitions.filter(({ reply }) => reply !== undefined);
  if (first === undefined) return EMPTY;
  checkRivals(event, [first, ...others], report);
  let type = first.reply?.type ?? EMPTY;
  for (const { reply, at } of others) {
    const joined = reply === undefined ? type : join(type, reply.type);
    // Objects of different fields would join to a map: the caller is promised one set of fields.
    if (joined !== undefined && (joined.is === type.is || type.is === 'wrong')) type = joined;
    else {
      const kinds = `${describeType(type)} at ${place(first.at)}, ${describeType(reply?.type ?? EMPTY)} here`;
      report.add(at, `'${event}' is answered with one type: ${kinds}`);
    }
  }
  for (const transition of transitions) checkSilent(event, transition, first, report);
  return type;
}

/** A transition that answers nothing where others do: its caller would look for fields that aren't there. */
function checkSilent(event: string, transition: TransitionPlan, first: TransitionPlan, report: Report): void {
  if (transition.reply !== undefined || besides(transition.source, first.source)) return;
  report.add(transition.at, `'${event}' is answered at ${place(first.at)}, but not here`);
}

/** Two regions that are active at once can't both answer. */
function checkRivals(event: string, answering: readonly TransitionPlan[], report: Report): void {
  for (const [index, transition] of answering.entries()) {
    const rival = answering.slice(0, index).find((other) => besides(other.source, transition.source));
    if (rival === undefined) continue;
    report.add(
      transition.at,
      `'${event}' is answered at ${place(rival.at)} already, by a state that is active besides`,
    );
  }
}

/** Whether two states are in different regions of a parallel one, and so may be active at once. */
function besides(one: StatePlan, other: StatePlan): boolean {
  const [ones, others] = [
    [one, ...statesAround(one)],
    [other, ...statesAround(other)],
  ];
  const common = ones.find((state) => others.includes(state));
  return common?.type === 'parallel' && common !== one && common !== other;
}

/** The events that change something, each with where it does first. */
export function changingEvents(chart: ChartPlan): ReadonlyMap<string, { readonly at: Position }> {
  const changes = new Map<string, { readonly at: Position }>();
  for (const state of [chart.root, ...chart.states.values()]) {
    for (const [event, transitions] of state.on) {
      const change = transitions.find(changesSomething);
      if (change !== undefined && !changes.has(event)) changes.set(event, { at: change.at });
    }
  }
  return changes;
}

function changesSomething({ target, assign, emits, calls }: TransitionPlan): boolean {
  return target !== undefined || assign.size + emits.length + calls.length > 0;
}

/** Every transition of a chart, whatever sets it off. */
export function allTransitions(chart: ChartPlan): readonly TransitionPlan[] {
  return [chart.root, ...chart.states.values()].flatMap((state) =>
    transitionsOf(state).map(({ transition }) => transition),
  );
}
