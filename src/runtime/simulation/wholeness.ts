import type { View } from '../../contract/words.ts';
import type { SimNode } from './sim-node.ts';

/**
 * Why an organism is not whole: running nodes without a place, slots of nodes that don't run, differing views. Empty when
 * it is.
 */
export function flawsOf(nodes: readonly SimNode[]): string[] {
  const flaws: string[] = [];
  const running = nodes.filter((node) => node.running);
  const views = running.map((node) => node.view);
  const newest = newestOf(views);
  if (newest === null) return ['nobody has a view'];
  const live = new Set(running.map((node) => node.id));
  for (const [index, node] of running.entries()) {
    if (views[index]?.hash !== newest.hash)
      flaws.push(`node ${node.index} has version ${views[index]?.version ?? 0} of ${newest.version}`);
    else if (!node.living.ready()) flaws.push(`node ${node.index} is not placed`);
  }
  for (const map of Object.values(newest.trees)) {
    if (map.slots.length !== live.size)
      flaws.push(`${map.genome} has ${map.slots.length} slots for ${live.size} nodes`);
    for (const [slot, { node }] of map.slots.entries())
      if (!live.has(node)) flaws.push(`slot ${slot + 1} of ${map.genome} is held by a dead node`);
  }
  return flaws;
}

/** By generation, then version; null where nobody has one. */
export function newestOf(views: readonly (View | null)[]): View | null {
  return views.reduce<View | null>((best, view) => {
    if (view === null) return best;
    const isNewer =
      best === null ||
      view.generation > best.generation ||
      (view.generation === best.generation && view.version > best.version);
    return isNewer ? view : best;
  }, null);
}
