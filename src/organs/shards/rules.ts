import type { Storage } from '../../contract/services.ts';
import type { NodeId, ShardHash, TreeId, TreeMap, View } from '../../contract/words.ts';
import { byScore, leads, ranked } from './ranking.ts';

/** What a node goes by when it decides who should have a shard. Pure data: the same standpoint gives the same plan. */
export interface Standpoint {
  readonly view: View;
  readonly tree: TreeId;
  readonly self: NodeId;
  /** R: how many cells should hold a shard, where there are as many. */
  readonly copies: number;
  /** Cells believed gone or out of room: the next ones in rank stand in for them. */
  readonly without: ReadonlySet<NodeId>;
  /** Cells that answer at the moment. A paused one keeps its place and its copies, but doesn't answer. */
  alive(node: NodeId): boolean;
}

/** How many distinct cells must have flushed a shard before its put is acknowledged. */
export function acksNeeded(copies: number, live: number, cells: number): number {
  return Math.max(Math.min(copies, live), Math.min(2, cells));
}

export function cellsOf(view: View, tree: TreeId): readonly NodeId[] {
  return view.trees[tree]?.slots.map(({ node }) => node) ?? [];
}

/**
 * The cells that should hold a shard: the best ranked of those that stand. Where that would leave a single copy that
 * answers (the others are paused), the best cell that could take one joins them.
 */
export function wanted(at: Standpoint, hash: ShardHash, holders: readonly NodeId[]): NodeId[] {
  const { view, tree, copies, without } = at;
  const cells = ranked(view, tree, hash, copies, without);
  const answering = new Set([...cells, ...holders].filter((node) => at.alive(node)));
  if (answering.size > 1) return cells;
  const spare = ranked(view, tree, hash, copies * 2, without).find((node) => !answering.has(node) && at.alive(node));
  return spare === undefined ? cells : [...cells, spare];
}

/**
 * How many holders come before this node when a shard has to be pushed: 0 pushes at once, the others only when those
 * before them leave it undone. `holders` are live, this node among them.
 */
export function pushPosition(at: Standpoint, hash: ShardHash, holders: readonly NodeId[]): number {
  return byScore(at.view, at.tree, hash, holders).indexOf(at.self);
}

/** True where this node's copy is one more than the tree needs, by the map alone, whoever of it is up or down. */
export function isSurplus({ view, tree, self, copies }: Standpoint, hash: ShardHash): boolean {
  const cells = view.trees[tree]?.slots.length ?? 0;
  return cells > copies && !ranked(view, tree, hash, copies).includes(self);
}

/**
 * A surplus copy may go once every ranked cell has promised to keep its own, see `mayPromise`. The map that ranks them
 * must be the same when it goes as it was when they were asked.
 */
export function mayDrop(at: Standpoint, hash: ShardHash, promised: ReadonlySet<NodeId>): boolean {
  return isSurplus(at, hash) && ranked(at.view, at.tree, hash, at.copies).every((node) => promised.has(node));
}

/**
 * Whether this node may promise to keep a shard that it holds: only if it is ranked for it itself, by its own view. So two
 * cells with different views never give up their copies for each other's sake: whoever promised must learn of another
 * view before it can drop, then asks anew, and of all that ever drop the last one to learn has promises of cells that
 * stay.
 */
export function mayPromise(at: Standpoint, hash: ShardHash): boolean {
  return ranked(at.view, at.tree, hash, at.copies).includes(at.self);
}

/** Whom to ask for a shard, in this order, this node left out. Every cell of the map is in exactly one of the two lists. */
export function seekOrder(
  { view, tree, self, copies }: Standpoint,
  recent: readonly View[],
  hash: ShardHash,
): { readonly likely: readonly NodeId[]; readonly others: readonly NodeId[] } {
  const likely = new Set(ranked(view, tree, hash, copies * 2));
  const cells = cellsOf(view, tree);
  const placed = new Set(cells);
  for (const earlier of recent) {
    if (earlier.trees[tree] === view.trees[tree]) continue;
    for (const node of ranked(earlier, tree, hash, copies)) {
      // One that lost its slot may still be there with its copies.
      if (placed.has(node) || view.members[node]?.revoked === false) likely.add(node);
    }
  }
  likely.delete(self);
  return { likely: [...likely], others: cells.filter((node) => node !== self && !likely.has(node)) };
}

/** True where both views rank every shard alike. */
export function samePlacement(a: View, b: View, tree: TreeId): boolean {
  const [before, after] = [a.trees[tree], b.trees[tree]];
  if (before === after && a.members === b.members) return true;
  return before !== undefined && after !== undefined && isSameField(before, after, a, b);
}

function isSameField(before: TreeMap, after: TreeMap, a: View, b: View): boolean {
  return (
    before.slots.length === after.slots.length &&
    before.slots.every((occupant, index) => {
      const other = after.slots[index];
      return (
        other !== undefined &&
        occupant.node === other.node &&
        occupant.seed === other.seed &&
        occupant.weight === other.weight &&
        a.members[occupant.node]?.zone === b.members[occupant.node]?.zone
      );
    })
  );
}

/** Members whose copies must be asked about anew: they lost their place, or their process was started again. */
export function strangers(before: View, after: View, tree: TreeId): NodeId[] {
  if (before.trees[tree] === after.trees[tree] && before.members === after.members) return [];
  const placed = new Set(cellsOf(after, tree));
  return cellsOf(before, tree).filter(
    (node) => !placed.has(node) || before.members[node]?.incarnation !== after.members[node]?.incarnation,
  );
}

/** A shard of this node, with the cells believed to hold it besides this node. */
export interface Counted {
  readonly hash: ShardHash;
  readonly bytes: number;
  readonly holders: readonly NodeId[];
}

/**
 * This node's share of the organism's storage. Each shard is counted by one node alone, the first by score of those that
 * are live and hold it.
 */
export function countStorage(at: Standpoint, shards: Iterable<Counted>): Storage {
  const cells = cellsOf(at.view, at.tree);
  const live = new Set(cells.filter((node) => at.alive(node)));
  const enough = Math.min(at.copies, cells.length);
  const total = { shards: 0, bytes: 0, underReplicated: 0 };
  if (!cells.includes(at.self)) return total;
  for (const { hash, bytes, holders } of shards) {
    const others = holders.filter((node) => live.has(node));
    if (!leads(at.view, at.tree, hash, at.self, others)) continue;
    total.shards += 1;
    total.bytes += bytes;
    if (others.length + 1 < enough) total.underReplicated += 1;
  }
  return total;
}
