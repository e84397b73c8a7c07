import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId, TreeId } from '../../../contract/words.ts';
import type { TreeFacts } from '../../../organs/tree/index.ts';
import type { Invariant, Subject } from '../invariant.ts';

export const edgesWithoutCycle: Invariant = {
  name: 'edges-without-cycle',
  promise:
    'Who forwards to whom is never a circle, and no cell has more children than its fan-out and the orphans that it may take besides.',
  how: 'From each cell whose edges changed, its parents are followed up, by the edges that the children hold.',
  holds: 'always',
  watch: (scene) => {
    const factsOf = (node: Subject | undefined, tree: TreeId): TreeFacts | undefined =>
      node?.facts<TreeFacts>('tree', tree);
    const nodeOf = (id: NodeId): Subject | undefined => scene.nodes.find((node) => node.id === id && node.running);
    const lookUp = (start: Subject, tree: TreeId): void => {
      const seen = new Set([start.id]);
      let next = factsOf(start, tree)?.edge?.parent;
      while (next !== undefined) {
        if (seen.has(next)) scene.violate(`the edges of ${[...seen].join(' -> ')} -> ${next} are a circle`);
        seen.add(next);
        next = factsOf(nodeOf(next), tree)?.edge?.parent;
      }
    };
    const look = (node: Subject): void => {
      for (const tree of node.trees) {
        const facts = factsOf(node, tree);
        if (facts?.map == null) continue;
        const children = Object.keys(facts.children).length;
        if (children > facts.map.fanout + LIMITS.adoptionExtra)
          scene.violate(`node ${node.index} has ${children} children in ${facts.map.genome}`);
        lookUp(node, tree);
      }
    };
    return {
      see: (observation) => {
        if (observation.what === 'told' && observation.event.kind === 'tree.edges' && observation.node.running)
          look(observation.node);
      },
      sweep: () => {
        for (const node of scene.nodes) if (node.running) look(node);
      },
    };
  },
};
