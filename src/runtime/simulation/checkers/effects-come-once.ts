import type { Invariant, Subject } from '../invariant.ts';
import { TAKEN } from '../witness.ts';

export const effectsComeOnce: Invariant = {
  name: 'effects-come-once',
  promise: 'A queued message takes effect at most once at one identity, and at nobody else where it is meant for one.',
  how: 'Every effect leaves a mark on the disk of its receiver; the mark counts them. What is meant for a role may take effect at its next holder too; what a node sent whose disk was replaced by an older one may be sent again.',
  holds: 'always',
  watch: (scene) => {
    const meant = new Map<string, { readonly sender: number; readonly to: string }>();
    const look = (node: Subject, id: string, times: number): void => {
      const { sender = -1, to = 'role' } = meant.get(id) ?? {};
      if (scene.spoilt.has(scene.nodes[sender]?.id ?? '')) return;
      if (times > 1) scene.violate(`message ${id} took effect ${times} times at node ${node.index}`);
      if (!to.startsWith('role') && to !== node.id)
        scene.violate(`message ${id} for ${to} took effect at node ${node.index}`);
    };
    return {
      see: (observation) => {
        if (observation.what === 'called' && observation.operation.kind === 'send') {
          const { input, key, node } = observation.operation;
          meant.set((input as { id: string }).id, { sender: node, to: key });
        }
        if (observation.what !== 'flushed') return;
        for (const write of observation.writes) {
          if (write.key.startsWith(TAKEN) && 'value' in write)
            look(observation.node, write.key.slice(TAKEN.length), write.value as number);
        }
      },
    };
  },
};
