import { base32, sha256 } from '../../src/contract/encoding.ts';
import type { Member, NodeId, Occupant, TreeMap, View } from '../../src/contract/words.ts';

/** Ids like real ones, so that schemas take them; `nodeName(3)` is the same in every run. */
export function nodeName(number: number): NodeId {
  return base32(sha256(`node ${number}`));
}

export function treeName(name: string): string {
  return base32(sha256(`tree ${name}`));
}

export interface ViewOptions {
  /** By tree name: the nodes in slot order. @default one tree `shardTree` of all members */
  readonly trees?: { readonly [genome: string]: readonly NodeId[] };
  readonly fanout?: number;
  readonly version?: number;
  readonly generation?: number;
  readonly epoch?: number;
  /** @default the first member */
  readonly voters?: readonly NodeId[];
}

/** A view of these members as consensus would commit it. */
export function makeView(members: readonly NodeId[], options: ViewOptions = {}): View {
  const { fanout = 4, version = 1, generation = 0, epoch = 1 } = options;
  const genomes = options.trees ?? { shardTree: members };
  const maps = Object.entries(genomes).map(
    ([genome, nodes]): TreeMap => ({ tree: treeName(genome), genome, fanout, slots: nodes.map(occupant), version }),
  );
  return {
    organism: base32(sha256('organism')),
    generation,
    epoch,
    version,
    hash: '0'.repeat(64),
    voters: options.voters ?? members.slice(0, 1),
    members: Object.fromEntries(members.map((node) => [node, member(node)])),
    invitations: {},
    trees: Object.fromEntries(maps.map((map) => [map.tree, map])),
    genomes: Object.keys(genomes),
    config: {},
  };
}

/** The same organism without some cells: as DESIGN has it, the highest slots take the places of those that are gone. */
export function withoutNodes(view: View, gone: readonly NodeId[]): View {
  const trees = Object.values(view.trees).map((map): TreeMap => {
    const slots = [...map.slots];
    for (let index = 0; index < slots.length; index++) {
      while (slots.length > index && gone.includes(slots.at(-1)?.node ?? '')) slots.pop();
      if (index < slots.length && gone.includes(slots[index]?.node ?? '')) slots[index] = slots.pop() as Occupant;
    }
    return { ...map, slots, version: view.version + 1 };
  });
  return { ...view, version: view.version + 1, trees: Object.fromEntries(trees.map((map) => [map.tree, map])) };
}

function occupant(node: NodeId): Occupant {
  return { node, weight: 1, seed: '0' };
}

function member(node: NodeId): Member {
  return { node, spki: `key of ${node}`, urls: [], zone: node, incarnation: 1, revoked: false };
}
