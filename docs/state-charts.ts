import { readdir } from 'node:fs/promises';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { heading } from './markdown.ts';

/** The modes of every organ as Mermaid state diagrams, drawn from the machines themselves. */

const ORGANS = new URL('../src/organs/', import.meta.url);

interface Chart {
  readonly organ: string;
  readonly machine: AnyStateMachine;
}

export async function stateChartsPage(): Promise<string> {
  const charts = await findCharts();
  const sections = charts.map(
    ({ organ, machine }) => `## ${organ}\n\n\`\`\`mermaid\n${stateDiagram(machine)}\n\`\`\`\n`,
  );
  return `${heading('State charts', 'src/organs/*/machine.ts')}
The modes of the organs. An arrow is labelled with the event that takes it, its guard in brackets, and the actions it
names after the slash. An arrow from a mode to itself runs its actions and leaves the mode as it is. What leads from
*any mode* is taken wherever the mode itself has no arrow for the event.

${sections.join('\n')}`;
}

/** Every machine that a `machine.ts` of an organ exports, in the order of the folders and of their names in it. */
async function findCharts(): Promise<Chart[]> {
  const folders = (await readdir(ORGANS, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const charts: Chart[] = [];
  for (const { name: organ } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = await readdir(new URL(`${organ}/`, ORGANS));
    if (!files.includes('machine.ts')) continue;
    const exported: Record<string, unknown> = await import(new URL(`${organ}/machine.ts`, ORGANS).href);
    for (const name of Object.keys(exported).sort()) {
      const machine = exported[name];
      if (isMachine(machine)) charts.push({ organ: machine.id, machine });
    }
  }
  return charts;
}

/** By shape: a class of another copy of the library would be no less of a machine. */
function isMachine(value: unknown): value is AnyStateMachine {
  return typeof value === 'object' && value !== null && 'root' in value && 'getStateNodeById' in value;
}

/**
 * One machine in Mermaid's `stateDiagram-v2`.
 *
 * @example stateDiagram(setup({}).createMachine({ id: 'lamp', initial: 'off', states: { off: {} } }))
 */
export function stateDiagram(machine: AnyStateMachine): string {
  const everywhere = arrowsOf(machine.root);
  const anyMode = everywhere.length === 0 ? [] : [`state "any mode" as ${ANY_MODE}`, ...everywhere];
  return ['stateDiagram-v2', ...[...insideOf(machine.root), ...anyMode].map((line) => `  ${line}`)].join('\n');
}

/** Stands for the root in the diagram: its arrows are taken in every mode that doesn't take the event itself. */
const ANY_MODE = 'any_mode';

function insideOf(node: AnyStateNode): string[] {
  const children = Object.values(node.states);
  const regions =
    node.type === 'parallel' ? children.flatMap((child, index) => (index > 0 ? ['--', child] : [child])) : children;
  const start = node.type === 'compound' ? node.initial.target.map((target) => `[*] --> ${idOf(target)}`) : [];
  const states = regions.flatMap((region) => (typeof region === 'string' ? [region] : stateLines(region)));
  return [...start, ...states, ...children.flatMap(arrowsOf)];
}

/** The state itself: its title where its id is not its name, and what is inside it. */
function stateLines(node: AnyStateNode): string[] {
  const id = idOf(node);
  if (node.type === 'compound' || node.type === 'parallel') {
    return [`state "${node.key}" as ${id} {`, ...insideOf(node).map((line) => `  ${line}`), '}'];
  }
  const title = id === node.key ? id : `state "${node.key}" as ${id}`;
  return node.type === 'final' ? [title, `${id} --> [*]`] : [title];
}

function arrowsOf(node: AnyStateNode): string[] {
  const taken = [...node.transitions.values()].flat();
  return [...taken, ...(node.always ?? [])].flatMap((transition) => {
    const targets = transition.target ?? [node];
    const label = labelOf(transition.eventType, transition.guard, transition.actions);
    return targets.map((target) => `${idOf(node)} --> ${idOf(target)}${label === '' ? '' : `: ${label}`}`);
  });
}

function labelOf(event: string, guard: unknown, actions: readonly unknown[]): string {
  const condition = guard === undefined ? '' : ` [${nameOf(guard)}]`;
  const effects = actions.length === 0 ? '' : ` / ${actions.map(nameOf).join(', ')}`;
  return `${event}${condition}${effects}`.trim();
}

/** A guard or an action by the name that it has in its organ. */
function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  const type = typeof named === 'object' && named !== null && 'type' in named ? named.type : undefined;
  return typeof type === 'string' ? type : 'inline';
}

/** Mermaid takes letters, digits and underscores; a state below another one has its parents' names before its own. */
function idOf(node: AnyStateNode): string {
  if (node.parent === undefined) return ANY_MODE;
  return node.path.join('_').replaceAll(/[^A-Za-z0-9_]/g, '_');
}
