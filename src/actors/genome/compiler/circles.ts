import { landing } from '../chart/flow.ts';
import {
  type ActionsPlan,
  type ChartPlan,
  type StatePlan,
  statesAround,
  statesIn,
  type TransitionPlan,
} from '../chart/plan.ts';
import type { Flow } from '../plan.ts';
import type { Position } from '../problems.ts';

/**
 * Which requests lead to which others without any time between: a circle of them would go round for ever. Timers break
 * a circle, since each round then takes its time. The way is taken generously: a state's entry counts for every event
 * that may enter it.
 */
export function flowsOf(organ: string, chart: ChartPlan): readonly Flow[] {
  const events = new Map<string, TransitionPlan[]>();
  for (const state of [chart.root, ...chart.states.values()]) {
    for (const [event, transitions] of state.on) events.set(event, [...(events.get(event) ?? []), ...transitions]);
  }
  return [...events].flatMap(([event, transitions]) => flowsOfEvent(organ, event, transitions));
}

function flowsOfEvent(organ: string, event: string, transitions: readonly TransitionPlan[]): readonly Flow[] {
  const from = `${organ}.${event}`;
  const flows: Flow[] = [];
  for (const transition of withEnds(transitions)) {
    for (const actions of actionsOf(transition)) flows.push(...sends(organ, from, actions, transition.at));
  }
  return flows;
}

/** The transitions, and those that the ends they may bring about set off. */
function withEnds(transitions: readonly TransitionPlan[]): ReadonlySet<TransitionPlan> {
  const all = new Set<TransitionPlan>();
  const waiting = [...transitions];
  for (let transition = waiting.pop(); transition !== undefined; transition = waiting.pop()) {
    if (all.has(transition)) continue;
    all.add(transition);
    const landed = transition.target === undefined ? [] : landing(transition.target);
    waiting.push(...landed.flatMap(({ onDone }) => onDone));
  }
  return all;
}

function actionsOf(transition: TransitionPlan): readonly ActionsPlan[] {
  const { source, target } = transition;
  if (target === undefined) return [transition];
  const left = leaving(source, target).map(({ exit }) => exit);
  return [transition, ...left, ...landing(target).map(({ entry }) => entry)];
}

/** What may be left: all that is inside the outermost state around the source that the target is not in. */
function leaving(source: StatePlan, target: StatePlan): readonly StatePlan[] {
  const around = new Set([target, ...statesAround(target)]);
  const outermost = [source, ...statesAround(source)].findLast((state) => !around.has(state));
  return statesIn(outermost ?? source);
}

function sends(organ: string, from: string, actions: ActionsPlan, at: Position): readonly Flow[] {
  const back = actions.calls.flatMap(({ answer, failure }) => [answer, failure]);
  const targets = [...actions.emits, ...actions.calls].map(({ to }) => to);
  return [...targets, ...back.map((verb) => ({ organ, verb }))].map((to) => ({ from, to, at }));
}

/** One request that leads to another, by the names of both. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly at: Position;
}

/** A circle of requests: the one that closes it, and its stations from there on. */
export interface Circle {
  readonly edge: Edge;
  readonly stations: readonly string[];
}

/** Every circle once, told at the request that closes it. Walked without recursion: a chain may be as long as a file. */
export function circlesIn(edges: readonly Edge[]): readonly Circle[] {
  const next = new Map<string, Edge[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge]);
  const done = new Set<string>();
  return [...next.keys()].flatMap((station) => (done.has(station) ? [] : walk(station, next, done)));
}

interface Stop {
  readonly station: string;
  readonly ways: Edge[];
}

function walk(start: string, next: ReadonlyMap<string, readonly Edge[]>, done: Set<string>): readonly Circle[] {
  const circles: Circle[] = [];
  const onWay = new Set([start]);
  const way: Stop[] = [{ station: start, ways: [...(next.get(start) ?? [])] }];
  for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
    const edge = here.ways.shift();
    if (edge === undefined) {
      done.add(here.station);
      onWay.delete(here.station);
      way.pop();
    } else if (onWay.has(edge.to)) {
      const stations = way.map(({ station }) => station);
      circles.push({ edge, stations: [...stations.slice(stations.indexOf(edge.to)), edge.to] });
    } else if (!done.has(edge.to)) {
      onWay.add(edge.to);
      way.push({ station: edge.to, ways: [...(next.get(edge.to) ?? [])] });
    }
  }
  return circles;
}
