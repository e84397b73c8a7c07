import type { Invariant } from '../invariant.ts';
import { Hearers, heardIn } from '../told.ts';

export const broadcastsInOneOrder: Invariant = {
  name: 'broadcasts-in-one-order',
  promise: 'What is told in the order of all is heard in that order at every cell.',
  how: 'The places of what a cell hears must grow, and a place is the same message at every cell.',
  holds: 'always',
  watch: (scene) => {
    const hearers = new Hearers();
    const last = new Map<string, number>();
    const placed = new Map<string, string>();
    return {
      see: (observation) => {
        hearers.see(observation);
        const one = heardIn(observation);
        if (one?.telling === undefined || one.order !== 'total') return;
        const { node, tree, number, telling } = one;
        const before = last.get(hearers.nameOf(one.node, one.tree)) ?? 0;
        if (number <= before) scene.violate(`node ${node.index} heard place ${number} after ${before}`);
        last.set(hearers.nameOf(one.node, one.tree), number);
        const known = placed.get(`${tree}/${number}`) ?? telling.id;
        placed.set(`${tree}/${number}`, known);
        if (known !== telling.id)
          scene.violate(`node ${node.index} heard ${telling.id} in place ${number}, others ${known}`);
      },
    };
  },
};
