import { canonical } from '../../../contract/encoding.ts';
import type { Invariant } from '../invariant.ts';
import { heardIn } from '../told.ts';

export const broadcastsAreGenuine: Invariant = {
  name: 'broadcasts-are-genuine',
  promise: 'What a node hears as told to all was told by that author, in that tree and in those words.',
  how: 'Each delivery is compared with what the clients of its origin asked to be told.',
  holds: 'always',
  watch: (scene) => {
    const told = new Map<string, string>();
    return {
      see: (observation) => {
        if (observation.what === 'called' && observation.operation.kind === 'publish') {
          const { node, key, input } = observation.operation;
          const origin = scene.nodes.find(({ index }) => index === node)?.id;
          told.set((input as { id: string }).id, `${origin}/${key}/${canonical(input as object)}`);
        }
        const heard = heardIn(observation);
        if (heard === undefined) return;
        const { node, tree, topic, origin, telling } = heard;
        const said = telling === undefined ? undefined : told.get(telling.id);
        if (said !== `${origin}/${tree}/${canonical(telling ?? null)}`)
          scene.violate(
            `node ${node.index} heard of ${origin}, who never said so: ${topic} ${JSON.stringify(telling)}`,
          );
      },
    };
  },
};
