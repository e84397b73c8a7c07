import type { TreeId } from '../../../contract/words.ts';
import { archived } from '../../../organs/broadcast/archive.ts';
import type { BroadcastFacts } from '../../../organs/broadcast/index.ts';
import type { Invariant, Subject } from '../invariant.ts';
import { Hearers, heardIn, SIM_TOPIC, type Telling } from '../told.ts';

export const broadcastsReachAll: Invariant = {
  name: 'broadcasts-reach-all',
  promise:
    'Once faults have stopped every broadcast that any cell of a tree retains has come to all cells of the tree.',
  how: 'At the end: what the cells retain of authors that are members still, against what each heard in its present life.',
  holds: 'in the end',
  watch: (scene) => {
    const hearers = new Hearers();
    const heard = new Map<string, Set<string>>();
    return {
      see: (observation) => {
        hearers.see(observation);
        const one = heardIn(observation);
        if (one?.telling === undefined) return;
        const hearer = hearers.nameOf(one.node, one.tree);
        heard.set(hearer, (heard.get(hearer) ?? new Set()).add(one.telling.id));
      },
      conclude: () => {
        const running = scene.nodes.filter((node) => node.running);
        for (const tree of new Set(running.flatMap(({ trees }) => trees))) {
          const retained = new Set(running.flatMap((node) => retainedBy(node, tree)));
          for (const node of running) {
            const has = heard.get(hearers.nameOf(node, tree));
            const missed = [...retained].find((id) => has?.has(id) !== true);
            if (missed !== undefined) scene.violate(`node ${node.index} has not heard ${missed}, which others retain`);
          }
        }
      },
    };
  },
};

function retainedBy(node: Subject, tree: TreeId): string[] {
  const talk = node.facts<BroadcastFacts>('broadcast')?.trees[tree];
  const messages = talk === undefined ? [] : [...archived(talk.archive)].map(({ message }) => message);
  return messages
    .filter(({ body, author }) => body.topic === SIM_TOPIC && node.view?.members[author.node]?.revoked === false)
    .map(({ body }) => (body.body as unknown as Telling).id);
}
