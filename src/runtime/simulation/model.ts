import { organismIdOf, treeIdOf } from '../../contract/encoding.ts';
import type { Entry, LogRecord } from '../../contract/entries.ts';
import type { NodeId, TreeId } from '../../contract/words.ts';

/**
 * What the log says, worked out a second time by rules as plain as can be. Where a node's view differs from it, one of the
 * two is wrong. A model is never changed: what an entry doesn't touch is shared with the model before it.
 */
export interface Model {
  readonly generation: number;
  readonly version: number;
  readonly hash: string;
  readonly voters: readonly NodeId[];
  /** The voters of before, while both count. */
  readonly leaving: readonly NodeId[];
  readonly members: ReadonlyMap<NodeId, { readonly incarnation: number; readonly revoked: boolean }>;
  readonly trees: ReadonlyMap<TreeId, ModelTree>;
}

export interface ModelTree {
  readonly genome: string;
  readonly fanout: number;
  /** `slots[0]` is the root. Null where an entry left a hole. */
  readonly slots: readonly (NodeId | null)[];
}

export const UNFOUNDED: Model = {
  generation: 0,
  version: 0,
  hash: '',
  voters: [],
  leaving: [],
  members: new Map(),
  trees: new Map(),
};

export function afterRecord(before: Model, { generation, index, hash, entry }: LogRecord): Model {
  return { ...before, ...changed(before, entry), generation, version: index, hash };
}

function changed(model: Model, entry: Entry): Partial<Model> {
  switch (entry.type) {
    case 'FOUND':
      return found(entry);
    case 'JOIN':
      return joined(model, entry.joins);
    case 'REPLACE':
      return replaced(model, entry);
    case 'RETURN':
      return { members: withMember(model.members, entry.member) };
    case 'VOTERS':
      return { voters: entry.voters, leaving: entry.leaving ?? [] };
    case 'PROMOTE':
      return { voters: [entry.by], leaving: [], trees: keptOnly(model.trees, new Set(entry.keeps)) };
    default:
      return {};
  }
}

/** Who is kept stays; the last of those beyond the new end goes to the lowest hole, and so on. */
function keptOnly(trees: Model['trees'], keeps: ReadonlySet<NodeId>): Model['trees'] {
  const next = new Map(trees);
  for (const [tree, { genome, fanout, slots }] of trees) {
    const left = slots.map((node) => (node !== null && keeps.has(node) ? node : undefined));
    const size = left.filter((node) => node !== undefined).length;
    const spare = left.splice(size).filter((node) => node !== undefined);
    next.set(tree, { genome, fanout, slots: left.flatMap((node) => node ?? spare.pop() ?? []) });
  }
  return next;
}

function found({ founder, genomes, operator, nonce }: Extract<Entry, { type: 'FOUND' }>): Partial<Model> {
  const organism = organismIdOf(operator, nonce);
  const trees = genomes.map(({ genome, fanout }): [TreeId, ModelTree] => [
    treeIdOf(organism, genome),
    { genome, fanout, slots: [founder.node] },
  ]);
  return { voters: [founder.node], leaving: [], members: withMember(new Map(), founder), trees: new Map(trees) };
}

type Members = Model['members'];

function withMember(members: Members, member: { node: NodeId; incarnation: number; revoked: boolean }): Members {
  const { node, incarnation, revoked } = member;
  return new Map(members).set(node, { incarnation, revoked });
}

function joined(model: Model, joins: Extract<Entry, { type: 'JOIN' }>['joins']): Partial<Model> {
  let { members } = model;
  const trees = new Map(model.trees);
  for (const { member, places } of joins) {
    members = withMember(members, member);
    for (const { tree, slot } of places) seat(trees, tree, slot, member.node);
  }
  return { members, trees };
}

function replaced(model: Model, { nodes, reason, moves }: Extract<Entry, { type: 'REPLACE' }>): Partial<Model> {
  const members = new Map(model.members);
  const trees = new Map(model.trees);
  for (const { tree, slot, to } of moves) seat(trees, tree, slot, to);
  for (const [tree, map] of trees) {
    const end = map.slots.findLastIndex((node) => node !== null) + 1;
    if (end < map.slots.length) trees.set(tree, { ...map, slots: map.slots.slice(0, end) });
  }
  for (const node of nodes) {
    const member = members.get(node);
    if (reason === 'left') members.delete(node);
    else if (reason === 'revoked' && member !== undefined) members.set(node, { ...member, revoked: true });
  }
  return { members, trees };
}

function seat(trees: Map<TreeId, ModelTree>, tree: TreeId, slot: number, node: NodeId | null): void {
  const map = trees.get(tree);
  if (map === undefined) return;
  const slots = [...map.slots];
  while (slots.length < slot) slots.push(null);
  slots[slot - 1] = node;
  trees.set(tree, { ...map, slots });
}

/** True where these nodes are a majority of the voters, and of those who are leaving while both count. */
export function isMajority(
  { voters, leaving }: Pick<Model, 'voters' | 'leaving'>,
  nodes: ReadonlySet<NodeId>,
): boolean {
  const most = (list: readonly NodeId[]): boolean => list.filter((node) => nodes.has(node)).length * 2 > list.length;
  return voters.length > 0 && most(voters) && (leaving.length === 0 || most(leaving));
}
