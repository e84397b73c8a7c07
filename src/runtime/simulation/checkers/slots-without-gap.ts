import { committedIn } from '../annals.ts';
import type { Invariant } from '../invariant.ts';

export const slotsWithoutGap: Invariant = {
  name: 'slots-without-gap',
  promise: 'The slots of every tree are 1 to n without a gap, and no cell has two of them.',
  how: 'Worked out from the log at each entry, and read from each view that a node takes over.',
  holds: 'always',
  watch: (scene) => {
    const look = (slots: readonly (string | null | undefined)[], where: string): void => {
      const holes = slots.flatMap((node, index) => (node == null ? [index + 1] : []));
      if (holes.length > 0) scene.violate(`slot ${holes.join(', ')} of ${where} is empty`);
      const twice = slots.find((node, index) => slots.indexOf(node) !== index);
      if (twice !== undefined) scene.violate(`${twice} has two slots of ${where}`);
    };
    const seen = new WeakSet<object>();
    return {
      committed: ({ record, before, after }) => {
        if (before.trees === after.trees) return;
        for (const { genome, slots } of after.trees.values()) look(slots, `${genome} by entry ${record.index}`);
      },
      see: (observation) => {
        const committed = committedIn(observation);
        if (committed === undefined || observation.what !== 'told' || seen.has(committed.view.trees)) return;
        seen.add(committed.view.trees);
        for (const { genome, slots, version } of Object.values(committed.view.trees))
          look(
            Array.from(slots, (occupant) => occupant?.node),
            `${genome} at node ${observation.node.index}, version ${version}`,
          );
      },
    };
  },
};
