import type { Recipient } from '../../../contract/organ.ts';
import type { OutboxFacts } from '../../../organs/outbox/index.ts';
import type { Invariant } from '../invariant.ts';

export const queuesRunEmpty: Invariant = {
  name: 'queues-run-empty',
  promise:
    'Once faults have stopped every queue to a node that lives runs empty: what waited was delivered or is a dead letter.',
  how: 'At the end, by the facts of each queue and by the rows on its disk. Messages for nodes that are gone for good wait until they expire.',
  holds: 'in the end',
  watch: (scene) => ({
    conclude: () => {
      const live = new Set(scene.nodes.filter(({ running }) => running).map(({ id }) => id));
      for (const node of scene.nodes) {
        const facts = node.running ? node.facts<OutboxFacts>('outbox') : undefined;
        for (const [peer, { lanes }] of Object.entries(facts?.peers ?? {})) {
          const waiting = Object.values(lanes).flatMap((lane) => [...lane.assigned, ...lane.waiting]);
          const rows = waiting.filter((row) => row !== null);
          if (live.has(peer) && rows.length > 0)
            scene.violate(`${rows.length} messages of node ${node.index} still wait for ${peer}: ${rows[0]?.kind}`);
        }
        for (const [key, row] of node.running ? node.disk.table('outbox').entries() : []) {
          const { to } = row as unknown as { readonly to?: Recipient };
          if (key.startsWith('row/') && to !== undefined && 'cell' in to && live.has(to.cell))
            scene.violate(`a message for ${to.cell} lies on the disk of node ${node.index} and is not sent`);
        }
      }
    },
  }),
};
