import type { TreeService } from '../../contract/services.ts';
import type { NodeId } from '../../contract/words.ts';

/** What placing needs of a tree. */
export type Placement = Pick<TreeService, 'self' | 'tree' | 'view' | 'alive'>;

/**
 * The cell where requests of a place are worked on: the one whose seed and the place make the highest number, among those
 * that live. Whoever has the same view and sees the same nodes alive chooses the same; where two don't, the log decides
 * between them.
 *
 * @param without cells that were asked already, and couldn't
 */
export function placed(tree: Placement, place: string, without: ReadonlySet<NodeId> = NOBODY): NodeId | undefined {
  const base = mixed(place, 0x811c9dc5);
  let best: NodeId | undefined;
  let highest = -1;
  for (const { node, seed } of tree.view().trees[tree.tree]?.slots ?? []) {
    if (without.has(node) || !(node === tree.self || tree.alive(node))) continue;
    const score = mixed(seed, base);
    if (score > highest) [highest, best] = [score, node];
  }
  return best;
}

const NOBODY: ReadonlySet<NodeId> = new Set();

/** FNV-1a, its bits mixed once more: what follows alike must not rank alike. */
function mixed(text: string, from: number): number {
  let hash = from;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
