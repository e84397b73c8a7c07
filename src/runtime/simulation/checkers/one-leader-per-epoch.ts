import type { NodeEvents } from '../../../contract/events.ts';
import type { NodeId } from '../../../contract/words.ts';
import type { Invariant } from '../invariant.ts';

export const oneLeaderPerEpoch: Invariant = {
  name: 'one-leader-per-epoch',
  promise: 'In one epoch of one generation there is one leader, whoever is asked.',
  how: 'Whom a node names as the leader of an epoch, and who begins an epoch in the log, is compared with all that was said of that epoch before.',
  holds: 'always',
  watch: (scene) => {
    const leaders = new Map<string, NodeId>();
    const claim = (generation: number, epoch: number, leader: NodeId, by: string): void => {
      const term = `${generation}/${epoch}`;
      const known = leaders.get(term) ?? leader;
      leaders.set(term, known);
      if (known !== leader) scene.violate(`${by} names ${leader} as the leader of epoch ${term}, others ${known}`);
    };
    return {
      see: (observation) => {
        if (observation.what !== 'told' || observation.event.kind !== 'consensus.led') return;
        const { leader, epoch } = observation.event.body as NodeEvents['consensus.led'];
        const { node } = observation;
        if (leader !== null) claim(node.view?.generation ?? 1, epoch, leader, `node ${node.index}`);
      },
      committed: ({ record: { generation, epoch, entry } }) => {
        if (entry.type === 'LEAD') claim(generation, epoch, entry.leader, 'the log');
      },
    };
  },
};
