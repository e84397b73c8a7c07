import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { ListedNode, OrganismFile } from '../organism-file.ts';

export const NODES_DEFAULT = 5;
export const PORT_DEFAULT = 4400;

/** A node that `up` shall have running. */
export interface PlannedNode {
  readonly name: string;
  /** Its folder below the organism's. */
  readonly data: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What is known of it from an earlier life; undefined for one that has yet to join. */
  readonly known: ListedNode | undefined;
}

export interface Wish {
  /** Undefined: as many as there were, or the default. */
  readonly nodes?: number;
  readonly port?: number;
}

/**
 * Which nodes to start, and where: those that are remembered at their old addresses, new ones behind them. Throws
 * `usage` for what can't be: fewer nodes than there are, other ports than the organism is used to.
 */
export function planNodes(remembered: OrganismFile | undefined, wish: Wish): PlannedNode[] {
  const known = remembered?.nodes ?? [];
  if (known.some(({ data }) => data === '.')) {
    throw new Fault('usage', "this is the folder of a single node: 'peertree node' starts it");
  }
  const wanted = wish.nodes ?? remembered?.growing ?? (known.length || NODES_DEFAULT);
  if (wanted < known.length) throw tooFew(wanted, known);
  const [first] = known;
  if (first !== undefined && wish.port !== undefined && wish.port !== 0 && wish.port !== first.port) {
    throw new Fault('usage', `this organism is used to its ports, from ${first.port} up; leave --port out`);
  }
  const names = freshNames(known, wanted - known.length);
  const ports = freshPorts(known, names.length, wish.port);
  return [
    ...known.map((node) => ({ name: node.name, data: node.data, port: node.port, known: node })),
    ...names.map((name, index) => ({ name, data: name, port: ports[index] ?? 0, known: undefined })),
  ];
}

function tooFew(wanted: number, known: readonly ListedNode[]): Fault {
  const last = known.at(-1)?.name;
  return new Fault(
    'usage',
    `this organism has ${known.length} nodes, and up does not take any away. ` +
      `To make it ${wanted}, start it as it is and have nodes leave: peertree leave ${last}`,
  );
}

function freshNames(known: readonly ListedNode[], count: number): string[] {
  const taken = new Set(known.map(({ name }) => name));
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    if (!taken.has(`node-${number}`)) names.push(`node-${number}`);
  }
  return names;
}

function freshPorts(known: readonly ListedNode[], count: number, port: number | undefined): number[] {
  if (port === 0) return Array.from({ length: count }, () => 0);
  const first = known.length === 0 ? (port ?? PORT_DEFAULT) : Math.max(...known.map((node) => node.port)) + 1;
  if (first + count - 1 > 65_535) throw new Fault('usage', `there are no ${count} ports from ${first} up`);
  return Array.from({ length: count }, (_, index) => first + index);
}

export const NODES_MAX = LIMITS.upNodesMax;
