import type { Invariant } from '../invariant.ts';

export const timersEndWithActors: Invariant = {
  name: 'timers-end-with-actors',
  promise: 'A node that has stopped in good order has no timer left that would still run.',
  how: 'The timers of its process are counted when the stop has ended, unless a client still waits for an answer of it.',
  holds: 'always',
  watch: (scene) => ({
    see: (observation) => {
      if (observation.what !== 'stopped' || observation.timers === 0) return;
      const { index } = observation.node;
      if (scene.operations.some((operation) => operation.node === index && operation.returnedAt === null)) return;
      scene.violate(`node ${observation.node.index} has stopped and left ${observation.timers} timers behind`);
    },
  }),
};
