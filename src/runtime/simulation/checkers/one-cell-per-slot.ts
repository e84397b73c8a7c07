import type { NodeId } from '../../../contract/words.ts';
import type { TreeFacts } from '../../../organs/tree/index.ts';
import type { Invariant, Subject } from '../invariant.ts';

export const oneCellPerSlot: Invariant = {
  name: 'one-cell-per-slot',
  promise: 'No two cells act for one slot of a tree under one version of its map.',
  how: "Which slot a cell acts for, by its own facts, is remembered for ever with its map's version; another cell that acts for it under the same version is a breach.",
  holds: 'always',
  watch: (scene) => {
    const actors = new Map<string, NodeId>();
    const look = (node: Subject): void => {
      for (const tree of node.trees) {
        const facts = node.facts<TreeFacts>('tree', tree);
        if (facts?.map == null || facts.slot === 0) continue;
        const role = `${tree}/${node.view?.generation ?? 1}/${facts.map.version}/${facts.slot}`;
        const known = actors.get(role) ?? node.id;
        actors.set(role, known);
        if (known !== node.id)
          scene.violate(
            `${known} and ${node.id} both act for slot ${facts.slot} of ${facts.map.genome}, version ${facts.map.version}`,
          );
      }
    };
    return {
      see: (observation) => {
        if (observation.what !== 'told' || !observation.node.running) return;
        if (/^(consensus\.committed|tree\.edges)$/.test(observation.event.kind)) look(observation.node);
      },
      sweep: () => {
        for (const node of scene.nodes) if (node.running) look(node);
      },
    };
  },
};
