import type { Invariant } from '../invariant.ts';

export const nobodyIsAGuest: Invariant = {
  name: 'nobody-is-a-guest',
  promise: 'Once faults have stopped no node stays without its place: each has a slot in every tree of its cells.',
  how: 'At the end: every cell of a node that runs is placed, by its own mode.',
  holds: 'in the end',
  watch: (scene) => ({
    conclude: () => {
      for (const node of scene.nodes) {
        if (!node.running) continue;
        const guests = node.trees.filter((tree) => node.mode('tree', tree) !== 'placed');
        const modes = guests.map((tree) => node.mode('tree', tree));
        if (guests.length > 0) scene.violate(`node ${node.index} is ${modes.join(' and ')}, not placed`);
      }
    },
  }),
};
