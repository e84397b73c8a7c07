import type { PulseFacts } from '../../../organs/pulse/index.ts';
import type { TreeFacts } from '../../../organs/tree/index.ts';
import type { Invariant, Scene } from '../invariant.ts';

export const oneSovereignTree: Invariant = {
  name: 'one-sovereign-tree',
  promise:
    'Once faults have stopped every cell hangs on one root, over edges that both ends know, and every node knows of a leader with authority.',
  how: 'At the end: exactly one cell of each tree has no parent, every other one is among the children of its parent, and all have the same view.',
  holds: 'in the end',
  watch: (scene) => ({
    conclude: () => {
      const running = scene.nodes.filter(({ running }) => running);
      const views = new Set(running.map(({ view }) => view?.hash));
      if (views.size > 1) scene.violate(`${views.size} different views are left`);
      for (const node of running)
        if (node.facts<PulseFacts>('pulse')?.sovereign !== true) scene.violate(`node ${node.index} knows of no leader`);
      for (const tree of new Set(running.flatMap(({ trees }) => trees))) lookAt(scene, tree);
    },
  }),
};

function lookAt(scene: Scene, tree: string): void {
  const facts = new Map(
    scene.nodes.filter(({ running }) => running).map((node) => [node.id, node.facts<TreeFacts>('tree', tree)]),
  );
  const roots = [...facts].filter(([, one]) => one?.edge == null).map(([id]) => id);
  if (roots.length !== 1) scene.violate(`${roots.length} cells have no parent: ${roots.join(', ')}`);
  for (const [id, one] of facts) {
    const parent = one?.edge?.parent;
    if (parent !== undefined && facts.get(parent)?.children[id] === undefined)
      scene.violate(`${id} hangs on ${parent}, which doesn't know it as a child`);
  }
}
