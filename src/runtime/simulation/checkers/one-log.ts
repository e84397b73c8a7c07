import { committedIn } from '../annals.ts';
import type { Invariant } from '../invariant.ts';

export const oneLog: Invariant = {
  name: 'one-log',
  promise: 'What is committed at an index of a generation is the same entry at every node, for ever.',
  how: 'Each entry that a node tells as committed, and the hash of each view, is compared with what was told of that index first.',
  holds: 'always',
  watch: (scene) => ({
    see: (observation) => {
      const committed = committedIn(observation);
      if (committed === undefined || observation.what !== 'told') return;
      const { view, records } = committed;
      for (const { generation, index, hash } of [...records, { ...view, index: view.version }]) {
        const known = scene.annals.at(generation, index)?.record.hash;
        if (known !== undefined && known !== hash)
          scene.violate(
            `node ${observation.node.index} has ${hash} at index ${index}, which was committed as ${known}`,
          );
      }
    },
  }),
};
