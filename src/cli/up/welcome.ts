import { basename, relative } from 'node:path';
import type { OrganismStatus } from '../../contract/services.ts';
import type { Paint } from '../paint.ts';
import { counted } from '../quantity.ts';
import { drawTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { FleetMember } from './fleet.ts';

/** What `up --json` prints when every tree is whole. */
export interface WholeEvent {
  readonly event: 'whole';
  readonly nodes: readonly { readonly id: string; readonly url: string; readonly pid: number; readonly data: string }[];
  /** `cells`: how many. */
  readonly trees: readonly { readonly genome: string; readonly treeId: string; readonly cells: number }[];
}

export function wholeEvent(members: readonly Pick<FleetMember, 'at'>[], status: OrganismStatus): WholeEvent {
  const trees = status.trees.map(({ genome, treeId, cells }) => ({ genome, treeId, cells: cells.length }));
  return { event: 'whole', nodes: members.flatMap(({ at }) => (at === undefined ? [] : [at])), trees };
}

export interface WelcomeFacts {
  readonly names: readonly string[];
  /** How this program is called, as a person would type it. */
  readonly command: string;
  /** ` --data X` where it isn't the default. */
  readonly data: string;
  readonly detached: boolean;
}

/** The first screen that a person sees: what there is now, and what to try. */
export function drawWelcome({ nodes, trees }: WholeEvent, facts: WelcomeFacts, paint: Paint): string[] {
  const { names, command, data, detached } = facts;
  const genomes = trees.map(({ genome }) => genome).join(', ');
  const rows = nodes.map(({ url, pid }, index) => [`  ${names[index] ?? ''}`, url, String(pid)]);
  const victim = nodes[1];
  const tries: readonly (readonly [string, string])[] = [
    [`${command} put README.md${data}`, 'keep a file in it'],
    [`${command} ls${data}`, 'see what it keeps'],
    [`${command} status${data}`, 'see its trees'],
    ...(victim === undefined
      ? []
      : [[`kill -9 ${victim.pid}`, 'kill a node: the files stay, and the trees heal'] as const]),
  ];
  const width = Math.max(...tries.map(([line]) => line.length));
  return [
    `${paint('green', '✓')} ${paint('bold', 'The organism is whole')}: ${counted(nodes.length, 'node')}, ${counted(trees.length, 'tree')} (${genomes})`,
    '',
    ...drawTable([{ title: '  NODE' }, { title: 'ADDRESS' }, { title: 'PID', side: 'left' }], rows, paint),
    '',
    detached ? 'Try it:' : 'Try it in another terminal:',
    ...tries.map(([line, why]) => `  ${paint('cyan', line.padEnd(width))}  ${why}`),
    '',
    detached ? `'${command} down${data}' halts it.` : "Ctrl-C halts it, and 'up' brings it back with all its files.",
  ];
}

/** As it was started: by npx, by its name on the path, or as node and the script. */
export function invocation(script: string, { cwd, env }: Pick<Terminal, 'cwd' | 'env'>): string {
  if (env.npm_command === 'exec') return 'npx peertree';
  return basename(script) === 'peertree' ? 'peertree' : `node ${relative(cwd, script) || script}`;
}
