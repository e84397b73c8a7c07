import { base32, sha256, sha256Hex, treeIdOf } from '../../../src/contract/encoding.ts';
import type { Member, NodeId, Occupant, TreeMap, View } from '../../../src/contract/words.ts';

const ORGANISM = base32(sha256('organism'));
export const TREE = treeIdOf(ORGANISM, 'shardTree');

export interface Cell {
  readonly node: NodeId;
  readonly weight?: number;
  readonly zone?: string;
  readonly seed?: string;
  readonly incarnation?: number;
  readonly spki?: string;
}

/** A committed view of one tree with these cells, in this order of slots. */
export function viewOf(cells: readonly Cell[], version = 1): View {
  const slots = cells.map(({ node, weight = 1, seed = `seed of ${node}` }): Occupant => ({ node, weight, seed }));
  const map: TreeMap = { tree: TREE, genome: 'shardTree', fanout: 4, version, slots };
  return {
    generation: 0,
    epoch: 1,
    version,
    organism: ORGANISM,
    hash: sha256Hex(`view ${version}`),
    voters: cells.slice(0, 1).map(({ node }) => node),
    members: Object.fromEntries(cells.map((cell) => [cell.node, memberOf(cell)])),
    invitations: {},
    trees: { [TREE]: map },
    genomes: ['shardTree'],
    config: {},
  };
}

function memberOf({ node, zone = node, incarnation = 1, spki = '' }: Cell): Member {
  return { node, spki, urls: [`https://${node}`], zone, incarnation, revoked: false };
}

/** Cells called `c0`, `c1`, ... */
export function cells(count: number, rest: (index: number) => Partial<Cell> = () => ({})): Cell[] {
  return Array.from({ length: count }, (_, index) => ({ node: `c${index}`, ...rest(index) }));
}

export function hashes(count: number, salt = ''): string[] {
  return Array.from({ length: count }, (_, index) => sha256Hex(`shard ${salt}${index}`));
}

/** The id of the node that the test calls by this number. */
export function idOf(index: number): NodeId {
  return base32(sha256(`node ${index}`));
}
