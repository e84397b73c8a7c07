import type { NodeId } from '../../../contract/words.ts';
import type { Invariant } from '../invariant.ts';

export const incarnationsGrow: Invariant = {
  name: 'incarnations-grow',
  promise: 'The incarnation that the roster shows for a node never falls, and is never one that it has not had.',
  how: 'Each JOIN and RETURN is compared with what was in the log of that node before, and with how often its process was started.',
  holds: 'always',
  watch: (scene) => {
    const highest = new Map<NodeId, number>();
    const note = (index: number, { node, incarnation }: { node: NodeId; incarnation: number }): void => {
      const before = highest.get(node) ?? 0;
      if (incarnation < before) scene.violate(`entry ${index} takes ${node} from life ${before} to ${incarnation}`);
      highest.set(node, incarnation);
      const lives = scene.nodes.find(({ id }) => id === node)?.incarnation;
      if (lives !== undefined && incarnation > lives)
        scene.violate(`entry ${index} shows life ${incarnation} of ${node}, which has had ${lives}`);
    };
    return {
      committed: ({ record: { index, entry } }) => {
        if (entry.type === 'FOUND') note(index, entry.founder);
        if (entry.type === 'JOIN') for (const { member } of entry.joins) note(index, member);
        if (entry.type === 'RETURN') note(index, entry.member);
      },
    };
  },
};
