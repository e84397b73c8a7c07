import { ordinalOf } from '../contract/generation.ts';
import type { NodeStatus, OrganismStatus, TreeStatus } from '../contract/services.ts';
import type { NodeId } from '../contract/words.ts';
import { type Hue, type Paint, padded } from './paint.ts';
import { counted, humanBytes } from './quantity.ts';
import { drawTable } from './table.ts';
import { printable } from './terminal.ts';
import { drawTree } from './tree-picture.ts';

export interface StatusLook {
  /** Names of nodes by id, for people. */
  readonly names: ReadonlyMap<NodeId, string>;
  readonly paint: Paint;
}

const HUES: { readonly [state: string]: Hue } = {
  live: 'green',
  placed: 'green',
  suspect: 'yellow',
  paused: 'yellow',
  dead: 'red',
  hole: 'red',
};

/** The organism as a person reads it: its nodes, each tree with its slots, what is stored and what waits. */
export function drawStatus(status: OrganismStatus, look: StatusLook): string[] {
  const { paint } = look;
  const live = status.nodes.filter(({ state }) => state === 'live').length;
  const authority = status.trees.every(({ sovereign }) => sovereign)
    ? paint('green', 'sovereign')
    : paint('yellow', 'provisional: it reads and stores, but decides nothing');
  return [
    `${paint('bold', 'Organism')} ${shortId(status.organism)}  ${live} of ${counted(status.nodes.length, 'node')} live, ${authority}`,
    '',
    ...drawNodes(inListedOrder(status.nodes, look), look),
    ...drawFailures(inListedOrder(status.nodes, look), look),
    ...status.trees.flatMap((tree) => ['', ...drawOneTree(tree, status.nodes, look)]),
    '',
    ...drawTotals(status, look),
  ];
}

/** As organism.json lists them; unlisted ones come last. */
function inListedOrder(nodes: readonly NodeStatus[], { names }: StatusLook): NodeStatus[] {
  const places = new Map([...names.keys()].map((id, place) => [id, place]));
  const placeOf = ({ id }: NodeStatus): number => places.get(id) ?? places.size;
  return nodes.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function drawNodes(nodes: readonly NodeStatus[], look: StatusLook): string[] {
  const columns = [
    { title: 'NODE' },
    { title: 'STATE' },
    { title: 'ADDRESS' },
    { title: 'PID', side: 'left' as const },
    { title: 'ZONE' },
    { title: 'REJECTED' },
  ];
  const rows = nodes.map((node) => [
    nameOf(node.id, look),
    stateText(node.state, look),
    printable(node.url),
    node.pid === null ? '-' : String(node.pid),
    node.zone === node.id ? '-' : printable(node.zone),
    rejectedText(node),
  ]);
  return drawTable(columns, rows, look.paint);
}

/** A cell that failed has left its tree: nothing else in the picture tells of it. */
function drawFailures(nodes: readonly NodeStatus[], look: StatusLook): string[] {
  const lines = nodes.flatMap(({ id, failures }) =>
    failures.map(({ genome, organ, error }) => {
      const what = genome === 'stem' ? `its ${organ}` : `its cell of ${genome} (${organ})`;
      return `${look.paint('red', '✗')} ${nameOf(id, look)}: ${printable(`${what} failed: ${error}`)}`;
    }),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function rejectedText({ rejected }: NodeStatus): string {
  const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
  return reasons.length === 0 ? '-' : reasons.map(([reason, count]) => `${count} ${printable(reason)}`).join(', ');
}

function drawOneTree(tree: TreeStatus, nodes: readonly NodeStatus[], look: StatusLook): string[] {
  const { genome, cells, fanout, version, epoch, generation } = tree;
  const states = new Map(nodes.map(({ id, state }) => [id, state]));
  const width = String(cells.length).length;
  const leaves = cells.map(({ slot, node, state }) => ({
    label: `${padded(String(slot), width, 'left')} ${nameOf(node, look)}`,
    // A slot whose node is dead is a hole, whatever mode its cell was last seen in.
    notes: stateText(states.get(node) === 'dead' ? 'hole' : printable(state), look),
  }));
  const facts = `${counted(cells.length, 'cell')}, version ${version}, epoch ${epoch}, generation ${ordinalOf(generation)}`;
  return [
    `${look.paint('bold', printable(genome))}  ${look.paint('dim', facts)}`,
    ...drawTree(leaves, fanout).map((line) => `  ${line}`),
  ];
}

function drawTotals({ storage, queues }: OrganismStatus, { paint }: StatusLook): string[] {
  const { shards, bytes, underReplicated } = storage;
  const copies =
    underReplicated === 0
      ? paint('green', 'all with their copies')
      : paint('yellow', `${underReplicated} short of copies`);
  const letters = counted(queues.deadLetters, 'dead letter');
  return [
    `${paint('bold', 'Stored')}  ${counted(shards, 'shard')}, ${humanBytes(bytes)}, ${copies}`,
    `${paint('bold', 'Queues')}  ${queues.outbox} waiting, ${queues.deadLetters === 0 ? letters : paint('yellow', letters)}`,
  ];
}

function stateText(state: string, { paint }: StatusLook): string {
  const hue = HUES[state.split('.', 1)[0] ?? ''];
  return hue === undefined ? state : paint(hue, state);
}

function nameOf(node: NodeId, { names }: StatusLook): string {
  return names.get(node) ?? shortId(node);
}

/** The first letters of an id: enough to tell a few apart, and not to be mistaken for the whole. */
export function shortId(id: string): string {
  return `${id.slice(0, 10)}…`;
}
