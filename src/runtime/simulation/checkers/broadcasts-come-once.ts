import type { Invariant } from '../invariant.ts';
import { Hearers, heardIn } from '../told.ts';

export const broadcastsComeOnce: Invariant = {
  name: 'broadcasts-come-once',
  promise: 'In one life of a cell it hears each broadcast at most once.',
  how: 'Every delivery is remembered by cell, life and broadcast.',
  holds: 'always',
  watch: (scene) => {
    const hearers = new Hearers();
    const heard = new Set<string>();
    return {
      see: (observation) => {
        hearers.see(observation);
        const one = heardIn(observation);
        if (one?.telling === undefined) return;
        const delivery = `${hearers.nameOf(one.node, one.tree)}/${one.telling.id}`;
        if (heard.has(delivery)) scene.violate(`node ${one.node.index} heard ${one.telling.id} twice`);
        heard.add(delivery);
      },
    };
  },
};
