import type { PulseFacts } from '../../../organs/pulse/index.ts';
import type { TreeFacts } from '../../../organs/tree/index.ts';
import type { FaultName } from '../faults/catalogue.ts';
import type { Invariant, Scene } from '../invariant.ts';

export const oneSovereignTree: Invariant = {
  name: 'one-sovereign-tree',
  promise:
    'Once faults have stopped every cell hangs on one root, over edges that both ends know, and every node knows of a leader with authority.',
  how: 'At the end: exactly one cell of each tree has no parent, every other one is among the children of its parent, and all have the same view. Where no message was lost and no process died, nobody has a child either that hangs on another; the word that an edge is cut is said once, and may be lost.',
  holds: 'in the end',
  watch: (scene) => {
    let isLossy = false;
    return {
      see: (observation) => {
        if (observation.what === 'struck') isLossy ||= !HARMLESS.has(observation.strike.kind);
      },
      conclude: () => {
        const running = scene.nodes.filter((node) => node.running);
        const views = new Set(running.map(({ view }) => view?.hash));
        if (views.size > 1) scene.violate(`${views.size} different views are left`);
        for (const node of running)
          if (node.facts<PulseFacts>('pulse')?.sovereign !== true)
            scene.violate(`node ${node.index} knows of no leader`);
        for (const tree of new Set(running.flatMap(({ trees }) => trees))) lookAt(scene, tree, isLossy);
      },
    };
  },
};

/** Faults that neither lose a message nor end a process. */
const HARMLESS: ReadonlySet<FaultName> = new Set<FaultName>([
  'leave',
  'join-storm',
  'clock-jump',
  'clock-drift',
  'duplication',
  'reordering',
  'delay',
  'replay',
  'slow-disk',
  'bit-rot',
  'disk-full',
]);

function lookAt(scene: Scene, tree: string, isLossy: boolean): void {
  const facts = new Map(
    scene.nodes.filter(({ running }) => running).map((node) => [node.id, node.facts<TreeFacts>('tree', tree)]),
  );
  const roots = [...facts].filter(([, one]) => one?.edge == null).map(([id]) => id);
  if (roots.length !== 1) scene.violate(`${roots.length} cells have no parent: ${roots.join(', ')}`);
  for (const [id, one] of facts) {
    const parent = one?.edge?.parent;
    if (parent !== undefined && facts.get(parent)?.children[id] === undefined)
      scene.violate(`${id} hangs on ${parent}, which doesn't know it as a child`);
    const ghost = Object.keys(one?.children ?? {}).find((child) => facts.get(child)?.edge?.parent !== id);
    if (ghost !== undefined && !isLossy) scene.violate(`${id} still forwards to ${ghost}, which doesn't hang on it`);
  }
}
