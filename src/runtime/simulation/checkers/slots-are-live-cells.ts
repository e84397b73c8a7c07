import type { Invariant } from '../invariant.ts';
import type { SimNode } from '../sim-node.ts';
import { flawsOf } from '../wholeness.ts';

export const slotsAreLiveCells: Invariant = {
  name: 'slots-are-live-cells',
  promise: 'Once faults have stopped the slots of every tree are those of the nodes that live, and of nobody else.',
  how: 'At the end: every node that runs has a slot and is ready, and no slot belongs to one that does not run.',
  holds: 'in the end',
  watch: (scene) => ({
    conclude: () => {
      const flaws = flawsOf(scene.nodes as readonly SimNode[]);
      if (flaws.length > 0) scene.violate(flaws.slice(0, 5).join('; '));
    },
  }),
};
