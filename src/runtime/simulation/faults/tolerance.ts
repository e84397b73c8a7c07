import type { NodeId } from '../../../contract/words.ts';
import { newestOf } from '../wholeness.ts';
import type { World } from '../world.ts';

/**
 * What the product promises to survive. A fault beyond it would prove nothing, so it is left out: more processes down at
 * once than a third of the organism, or the disk of a voter that loses in silence what it has promised.
 */
const DOWN_SHARE_MAX = 1 / 3;

/** Whether one more process may be stopped now. */
export function mayStop(world: World, index: number): boolean {
  const node = world.nodes[index];
  if (node === undefined || !node.running || node.frozen) return false;
  const away = world.nodes.filter((one) => one.running === false || one.frozen).length;
  return away < Math.max(1, Math.floor(world.nodes.length * DOWN_SHARE_MAX));
}

/** Whether a process can be started now, and is to be. */
export function mayStart(world: World, index: number): boolean {
  const node = world.nodes[index];
  return node?.running === false && !world.retired.has(index) && !world.possessed.has(index);
}

/** Whether the disk of a node may lose what it has promised. */
export function maySpoil(world: World, index: number): boolean {
  const node = world.nodes[index];
  return node !== undefined && !votersOf(world).includes(node.id);
}

/** By the newest view that anybody has. */
export function votersOf(world: World): readonly NodeId[] {
  return newestOf(world.nodes.map((node) => node.view))?.voters ?? world.nodes.slice(0, 1).map(({ id }) => id);
}
