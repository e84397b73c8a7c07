import type { Invariant } from '../invariant.ts';
import { Hearers, heardIn } from '../told.ts';

export const broadcastsInOrder: Invariant = {
  name: 'broadcasts-in-order',
  promise: 'A cell hears what one life of an author told a tree in the order in which it was told.',
  how: 'The numbers of an author must grow at each cell, and a number is the same message at every cell.',
  holds: 'always',
  watch: (scene) => {
    const hearers = new Hearers();
    const last = new Map<string, number>();
    const named = new Map<string, string>();
    return {
      see: (observation) => {
        hearers.see(observation);
        const one = heardIn(observation);
        if (one?.telling === undefined || one.order !== 'origin') return;
        const { node, tree, origin, incarnation, number, telling } = one;
        const author = `${origin}/${incarnation}`;
        const before = last.get(`${hearers.nameOf(one.node, one.tree)}/${author}`) ?? 0;
        if (number <= before) scene.violate(`node ${node.index} heard number ${number} of ${author} after ${before}`);
        last.set(`${hearers.nameOf(one.node, one.tree)}/${author}`, number);
        const known = named.get(`${tree}/${author}/${number}`) ?? telling.id;
        named.set(`${tree}/${author}/${number}`, known);
        if (known !== telling.id)
          scene.violate(`node ${node.index} heard ${telling.id} as number ${number} of ${author}, others ${known}`);
      },
    };
  },
};
