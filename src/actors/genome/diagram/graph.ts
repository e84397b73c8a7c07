import {
  type ActionsPlan,
  type ChartPlan,
  type StatePlan,
  statesAround,
  type TransitionPlan,
  targetName,
  transitionsOf,
} from '../chart/plan.ts';
import type { Genome } from '../plan.ts';

/** Boxes inside boxes, and arrows between them: what the pictures of a genome are drawn from. */
export interface Graph {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export interface Box {
  /** Letters, digits and underscores. */
  readonly id: string;
  readonly kind: 'normal' | 'parallel' | 'final' | 'history' | 'start' | 'organ' | 'receptor';
  readonly title: string;
  /** What happens inside of it without leaving it, a line each. */
  readonly lines: readonly string[];
  readonly inside: readonly Box[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** A line each. */
  readonly label: readonly string[];
}

/** The state chart of an entity. Transitions that stay where they are, are lines of their state. */
export function chartGraph(title: string, { root, states }: ChartPlan): Graph {
  const arrows = [...states.values()].flatMap(arrowsOf);
  return { title, boxes: insideOf(root), arrows: [...startsOf(root), ...arrows] };
}

function insideOf(state: StatePlan): Box[] {
  const boxes = state.children.map(boxOf);
  const start: Box = { id: startId(state), kind: 'start', title: '', lines: [], inside: [] };
  // What is taken anywhere inside the outermost state has no box to stand in.
  const everywhere = state.path === '' ? staying(state) : [];
  const note: Box = { id: 'anywhere', kind: 'normal', title: 'in any state', lines: everywhere, inside: [] };
  return [...(state.initial === undefined ? [] : [start]), ...boxes, ...(everywhere.length === 0 ? [] : [note])];
}

function boxOf(state: StatePlan): Box {
  const entry = actionsText(state.entry);
  const exit = actionsText(state.exit);
  return {
    id: idOf(state),
    kind: state.type,
    title: state.type === 'history' ? (state.deep ? 'H*' : 'H') : state.name,
    lines: [
      ...(entry === '' ? [] : [`entry / ${entry}`]),
      ...(exit === '' ? [] : [`exit / ${exit}`]),
      ...staying(state),
    ],
    inside: insideOf(state),
  };
}

function startsOf(state: StatePlan): Arrow[] {
  const { initial } = state;
  const own = initial === undefined ? [] : [{ from: startId(state), to: idOf(initial), label: [] }];
  return [...own, ...state.children.flatMap(startsOf)];
}

/** Transitions that lead nowhere else: to the state itself, or between one and what is inside it. */
function staying(state: StatePlan): string[] {
  return transitionsOf(state).flatMap(({ cause, transition }) => {
    const { target } = transition;
    if (target !== undefined && !related(state, target)) return [];
    const where = target === undefined ? '' : ` -> ${target === state ? 'again' : target.name}`;
    return [`${transitionText(cause, transition).join(' ')}${where}`];
  });
}

function related(one: StatePlan, other: StatePlan): boolean {
  return one === other || statesAround(one).includes(other) || statesAround(other).includes(one);
}

function arrowsOf(state: StatePlan): Arrow[] {
  const leaving = transitionsOf(state).flatMap(({ cause, transition }) => {
    const { target } = transition;
    if (target === undefined || related(state, target)) return [];
    return [{ from: idOf(state), to: idOf(target), label: [transitionText(cause, transition).join(' ')] }];
  });
  const { remembers } = state;
  return remembers === undefined ? leaving : [...leaving, { from: idOf(state), to: idOf(remembers), label: [] }];
}

/** `vote`, `[context.votes > 3]`, `/ set votes, emit news.publish`. */
function transitionText(cause: string, transition: TransitionPlan): string[] {
  const { guard, refuse } = transition;
  const actions = actionsText(transition);
  const does = refuse === undefined ? actions : `refuse ${refuse}`;
  return [cause, ...(guard === undefined ? [] : [`[${shortened(guard.text)}]`]), ...(does === '' ? [] : [`/ ${does}`])];
}

function actionsText({ assign, emits, calls }: ActionsPlan): string {
  const set = assign.size === 0 ? [] : [`set ${[...assign.keys()].join(', ')}`];
  const sent = emits.map(({ to }) => `emit ${targetName(to)}`);
  const asked = calls.map(({ to }) => `call ${targetName(to)}`);
  return [...set, ...sent, ...asked].join(', ');
}

const LONGEST_GUARD = 40;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_GUARD ? `${line.slice(0, LONGEST_GUARD - 3)}...` : line;
}

// A prefix, since Mermaid has words of its own.
const idOf = ({ path }: StatePlan): string => `s_${path.replaceAll('.', '_')}`;
const startId = ({ path }: StatePlan): string => `start_${path.replaceAll('.', '_')}`;

/** Who may ask what of which organ, and which organs ask each other. */
export function receptorGraph(genome: Genome): Graph {
  const receptors = Object.entries(genome.receptors).map(([name, { method, path, access }]): Box => {
    const who = typeof access === 'string' ? access : `${access.length} keys`;
    return {
      id: `receptor_${name}`,
      kind: 'receptor',
      title: `${method.toUpperCase()} ${path}`,
      lines: [`${name}, ${who}`],
      inside: [],
    };
  });
  const organs = Object.entries(genome.organs).map(([name, { kind }]): Box => {
    return { id: `organ_${name}`, kind: 'organ', title: name, lines: [kind], inside: [] };
  });
  const others = genome.uses.map((name): Box => {
    return { id: `genome_${name}`, kind: 'organ', title: name, lines: ['another genome'], inside: [] };
  });
  return { title: genome.genome, boxes: [...receptors, ...organs, ...others], arrows: receptorArrows(genome) };
}

function receptorArrows(genome: Genome): Arrow[] {
  const asked = Object.entries(genome.receptors).map(([name, { organ, verb }]) => {
    return { from: `receptor_${name}`, to: `organ_${organ}`, label: [verb] };
  });
  return distinct([...asked, ...Object.entries(genome.organs).flatMap(sentBy)]);
}

/** Where an organ sends to, whatever makes it. */
function sentBy([name, organ]: [string, Genome['organs'][string]]): Arrow[] {
  const from = `organ_${name}`;
  if (organ.kind === 'schedule') return Object.values(organ.jobs).map(({ to }) => arrowTo(from, to));
  if (organ.kind === 'module')
    return Object.values(organ.sends)
      .flat()
      .map((to) => arrowTo(from, to));
  if (organ.kind !== 'entity') return [];
  const states = [organ.chart.root, ...organ.chart.states.values()];
  const actions = states.flatMap((state) => [
    state.entry,
    state.exit,
    ...transitionsOf(state).map((one) => one.transition),
  ]);
  return actions.flatMap(({ emits, calls }) => [...emits, ...calls].map(({ to }) => arrowTo(from, to)));
}

function arrowTo(from: string, to: Parameters<typeof targetName>[0]): Arrow {
  if ('organ' in to) return { from, to: `organ_${to.organ}`, label: [to.verb] };
  return { from, to: `genome_${to.genome}`, label: [to.receptor] };
}

function distinct(arrows: readonly Arrow[]): Arrow[] {
  const seen = new Map(arrows.map((arrow) => [JSON.stringify(arrow), arrow]));
  return [...seen.values()];
}
