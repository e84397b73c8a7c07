import type { Invariant } from '../invariant.ts';
import { TAKEN } from '../witness.ts';

export const effectsComeOnce: Invariant = {
  name: 'effects-come-once',
  promise: 'A queued message takes effect at most once at one identity, and at nobody else where it is meant for one.',
  how: 'Every effect leaves a mark on the disk of its receiver; the mark counts them. What is meant for a role may take effect at its next holder too.',
  holds: 'always',
  watch: (scene) => {
    const meant = new Map<string, string>();
    return {
      see: (observation) => {
        if (observation.what === 'called' && observation.operation.kind === 'send') {
          const { input, key } = observation.operation;
          meant.set((input as { id: string }).id, key);
        }
        if (observation.what !== 'flushed') return;
        for (const write of observation.writes) {
          if (!write.key.startsWith(TAKEN) || !('value' in write)) continue;
          const id = write.key.slice(TAKEN.length);
          const { node } = observation;
          if ((write.value as number) > 1)
            scene.violate(`message ${id} took effect ${write.value} times at node ${node.index}`);
          const to = meant.get(id);
          if (to !== undefined && !to.startsWith('role ') && to !== node.id)
            scene.violate(`message ${id} for ${to} took effect at node ${node.index}`);
        }
      },
    };
  },
};
