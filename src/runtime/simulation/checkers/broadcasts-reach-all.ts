import type { TreeId } from '../../../contract/words.ts';
import { archived } from '../../../organs/broadcast/archive.ts';
import type { BroadcastFacts } from '../../../organs/broadcast/index.ts';
import type { Told } from '../../../organs/broadcast/messages.ts';
import type { Invariant, Subject } from '../invariant.ts';
import { Hearers, heardIn, SIM_TOPIC, type Telling } from '../told.ts';

export const broadcastsReachAll: Invariant = {
  name: 'broadcasts-reach-all',
  promise:
    'Once faults have stopped every broadcast that any cell of a tree retains has come to all cells of the tree.',
  how: 'At the end: what the cells retain of authors that are members still, against what each heard in its present life. What a cell has given up in its log, after it had asked all its neighbours, is no secret and no breach; nor is what came before that to whom it handed its history on, in which there is a gap now.',
  holds: 'in the end',
  watch: (scene) => {
    const hearers = new Hearers();
    const heard = new Map<string, Set<string>>();
    /** When something was told first, and since when a node has been there to hear it. */
    const toldAt = new Map<string, number>();
    const bornAt = new Map<number, number>();
    const excuses = ({ node, one }: { readonly node: Subject; readonly one: Retained }): boolean =>
      hasGivenUp(node, one) ||
      ((toldAt.get(one.id) ?? 0) < (bornAt.get(node.index) ?? 0) &&
        scene.nodes.some((other) => hasGivenUp(other, one, 'later')));
    return {
      see: (observation) => {
        hearers.see(observation);
        if (observation.what === 'started') bornAt.set(observation.node.index, observation.at);
        const one = heardIn(observation);
        if (one?.telling === undefined) return;
        if (!toldAt.has(one.telling.id)) toldAt.set(one.telling.id, observation.at);
        const hearer = hearers.nameOf(one.node, one.tree);
        heard.set(hearer, (heard.get(hearer) ?? new Set()).add(one.telling.id));
      },
      conclude: () => {
        const running = scene.nodes.filter((node) => node.running);
        for (const tree of new Set(running.flatMap(({ trees }) => trees))) {
          const retained = running.flatMap((node) => retainedBy(node, tree));
          for (const node of running) {
            const has = heard.get(hearers.nameOf(node, tree));
            const missed = retained.find((one) => has?.has(one.id) !== true && !excuses({ node, one }));
            if (missed !== undefined)
              scene.violate(`node ${node.index} has not heard ${missed.id}, which others retain`);
          }
        }
      },
    };
  },
};

interface Retained {
  readonly id: string;
  readonly message: Told;
}

function retainedBy(node: Subject, tree: TreeId): Retained[] {
  const talk = node.facts<BroadcastFacts>('broadcast')?.trees[tree];
  const messages = talk === undefined ? [] : [...archived(talk.archive)].map(({ message }) => message);
  return messages
    .filter(({ body, author }) => body.topic === SIM_TOPIC && node.view?.members[author.node]?.revoked === false)
    .map((message) => ({ id: (message.body.body as unknown as Telling).id, message }));
}

/**
 * Whether a node's log says that it has given this up, or only something later of the same author: then what it retains
 * begins after the gap, for whoever it tells where to begin. Of an order of all the log names places, which the message
 * doesn't know: any of the tree will do.
 */
function hasGivenUp(
  { log }: Subject,
  { message: { tree, id, author } }: Retained,
  what: 'this' | 'later' = 'this',
): boolean {
  return log.lines.some(({ event, fields }) => {
    if (event !== 'broadcast.missed' || fields.tree !== tree) return false;
    if (fields.order === 'total') return what === 'this';
    const isOfAuthor = fields.origin === author.node && fields.incarnation === author.incarnation;
    const isAfter = what === 'later' || Number(fields.after) < Number(id);
    return isOfAuthor && isAfter && Number(id) <= Number(fields.through);
  });
}
