import fc from 'fast-check';

/** Charts at random, as the text of a genome, and what happens to one of their entities. */

interface Node {
  readonly kind: 'plain' | 'parallel';
  readonly children: readonly Node[];
  readonly history: 'none' | 'shallow' | 'deep';
  /** What it does on events, on entering and after a time, by numbers that are made into names and targets. */
  readonly takes: readonly Take[];
  readonly waits: readonly Take[];
  readonly entry: number | undefined;
  readonly exit: number | undefined;
}

interface Take {
  readonly event: number;
  readonly target: number;
  readonly adds: number;
  readonly guarded: boolean;
  readonly reenter: boolean;
}

const take: fc.Arbitrary<Take> = fc.record({
  event: fc.nat(2),
  target: fc.nat(),
  adds: fc.nat(9),
  guarded: fc.boolean(),
  reenter: fc.boolean(),
});

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    kind: fc.constantFrom('plain', 'plain', 'parallel'),
    children: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'states' },
      fc.constant([]),
      fc.array(tie('node') as fc.Arbitrary<Node>, { minLength: 2, maxLength: 3 }),
    ),
    history: fc.constantFrom('none', 'shallow', 'deep'),
    takes: fc.array(take, { maxLength: 3 }),
    waits: fc.array(take, { maxLength: 1 }),
    entry: fc.option(fc.nat(9), { nil: undefined }),
    exit: fc.option(fc.nat(9), { nil: undefined }),
  }),
})).node;

export interface ChartTrial {
  readonly text: string;
  /** Events by name; `wait` stands for the next timer. */
  readonly happenings: readonly string[];
}

/** A chart of two to some dozen states, every one of which an event of its own can enter. */
export const chartTrials: fc.Arbitrary<ChartTrial> = fc
  .tuple(fc.array(node, { minLength: 2, maxLength: 3 }), fc.array(fc.nat(), { minLength: 5, maxLength: 25 }))
  .map(([nodes, choices]) => {
    const paths = nodes.flatMap((one, index) => pathsOf(one, `s${index}`));
    const events = ['e0', 'e1', 'e2', ...paths.map((_path, index) => `to${index}`)];
    const happenings = choices.map((choice) => (choice % 3 === 0 ? 'wait' : (events[choice % events.length] ?? 'e0')));
    return { text: textOf(nodes, paths, events), happenings };
  });

/** Names are unique, so that a path means the same wherever it is written. */
function pathsOf(one: Node, name: string, around = ''): string[] {
  const path = around === '' ? name : `${around}.${name}`;
  const inside = one.children.flatMap((child, index) => pathsOf(child, `${name}c${index}`, path));
  return [path, ...inside, ...(remembers(one) ? [`${path}.${name}h`] : [])];
}

function remembers({ children, history, kind }: Node): boolean {
  return history !== 'none' && children.length > 0 && kind === 'plain';
}

function textOf(nodes: readonly Node[], paths: readonly string[], events: readonly string[]): string {
  const declared = Object.fromEntries([...events, 'show'].map((event) => [event, { id: 'string' }]));
  const jumps = Object.fromEntries(paths.map((path, index) => [`to${index}`, path]));
  // Every event is taken somewhere, whatever the chart is like.
  const on = { e0: {}, e1: {}, e2: {}, show: { reply: { n: 'context.n', log: 'context.log' } }, ...jumps };
  const receptors = [...events, 'show'].map((event) => [`r${event}`, { post: `/${event}/{id}`, to: `it.${event}` }]);
  const states = Object.fromEntries(nodes.map((one, index) => [`s${index}`, stateOf(one, `s${index}`, paths)]));
  const machine = { initial: 's0', on, states };
  const it = { kind: 'entity', key: 'event.id', context: { n: 0, log: '' }, events: declared, machine };
  return JSON.stringify({ genome: 'trial', version: '1.0.0', organs: { it }, receptors: Object.fromEntries(receptors) });
}

function stateOf(one: Node, name: string, paths: readonly string[]): object {
  const { kind, children, history, waits, entry, exit } = one;
  const inner = children.map((child, index) => [`${name}c${index}`, stateOf(child, `${name}c${index}`, paths)] as const);
  const past = remembers(one) ? [[`${name}h`, { type: 'history', history }] as const] : [];
  const parts = children.length === 0 ? {} : { states: Object.fromEntries([...inner, ...past]) };
  const way = children.length === 0 ? {} : kind === 'parallel' ? { type: 'parallel' } : { initial: `${name}c0` };
  return {
    ...way,
    ...parts,
    on: taking(one, paths),
    ...(waits[0] === undefined ? {} : { after: { '1s': transitionOf(waits[0], paths) } }),
    ...(entry === undefined
      ? {}
      : { entry: { assign: { log: `size(context.log) > 60 ? "" : context.log + "i${entry}"` } } }),
    ...(exit === undefined ? {} : { exit: { assign: { n: `(context.n * 3 + ${exit}) % 101` } } }),
  };
}

function taking({ takes }: Node, paths: readonly string[]): object {
  const on = new Map<string, object[]>();
  for (const one of takes) {
    const branches = on.get(`e${one.event}`) ?? [];
    // Nothing may stand behind a transition without a guard.
    if (branches.every((branch) => 'guard' in branch)) on.set(`e${one.event}`, [...branches, transitionOf(one, paths)]);
  }
  return Object.fromEntries(on);
}

function transitionOf({ target, adds, guarded, reenter }: Take, paths: readonly string[]): object {
  return {
    // One in four stays where it is.
    ...(target % 4 === 0 ? {} : { target: paths[target % paths.length] }),
    ...(guarded ? { guard: 'context.n % 2 == 0' } : {}),
    ...(reenter ? { reenter } : {}),
    assign: { n: `(context.n * 7 + ${adds}) % 101` },
  };
}
