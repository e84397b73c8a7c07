import type { Invariant } from '../invariant.ts';

export const joinsInOrder: Invariant = {
  name: 'joins-in-order',
  promise: 'Newcomers get the slots n+1, n+2, ... in the order of their joins, and nobody who has a slot gets another.',
  how: 'Each JOIN is compared with what the log says of the slots before it.',
  holds: 'always',
  watch: (scene) => ({
    committed: ({ record: { index, entry }, before }) => {
      if (entry.type !== 'JOIN') return;
      const counts = new Map([...before.trees].map(([tree, { slots }]) => [tree, slots.length]));
      for (const { member, places } of entry.joins) {
        for (const { tree, slot } of places) {
          const next = (counts.get(tree) ?? 0) + 1;
          counts.set(tree, next);
          if (slot !== next) scene.violate(`entry ${index} gives ${member.node} slot ${slot}, where ${next} is next`);
          if (before.trees.get(tree)?.slots.includes(member.node) === true)
            scene.violate(`entry ${index} gives ${member.node} slot ${slot}, and it has one already`);
        }
      }
    },
  }),
};
