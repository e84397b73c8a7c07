import type { LogRecord } from '../../../contract/entries.ts';
import type { View } from '../../../contract/words.ts';
import { logKey } from '../../../organs/consensus/facts.ts';
import { type OutboxFacts, queueSizes } from '../../../organs/outbox/index.ts';
import { committedIn } from '../annals.ts';
import type { Invariant, Scene, Subject } from '../invariant.ts';

export const restartsRemember: Invariant = {
  name: 'restarts-remember',
  promise:
    'What a node knows for good is what it finds on its disk: a restart on the same disk forgets nothing that it has told.',
  how: 'With every sweep the queue and the version of the log in the facts of a node are compared with its disk; after a restart the first view that it tells of with the last one of the life before.',
  holds: 'always',
  watch: (scene) => {
    const last = new Map<number, View>();
    return {
      see: (observation) => {
        if (observation.what === 'started' && observation.disk !== 'same') last.delete(observation.node.index);
        const committed = committedIn(observation);
        if (committed === undefined || observation.what !== 'told') return;
        const { node } = observation;
        const { view } = committed;
        const before = last.get(node.index);
        last.set(node.index, view);
        if (before !== undefined && (view.generation < before.generation || view.version < before.version))
          scene.violate(`node ${node.index} went back from version ${before.version} to ${view.version}`);
      },
      sweep: () => {
        for (const node of scene.nodes) if (node.running) compare(scene, node);
      },
    };
  },
};

function compare(scene: Scene, node: Subject): void {
  const outbox = node.facts<OutboxFacts>('outbox');
  const rows = [...node.disk.table('outbox').keys()].filter((key) => key.startsWith('row/')).length;
  const known = outbox === undefined ? rows : queueSizes(outbox).outbox;
  // A row gets to the disk with the step of another organ, and to the queue's facts a moment later.
  if (known > rows)
    scene.violate(`node ${node.index} believes that ${known} messages wait, and has ${rows} on its disk`);
  const { view } = node;
  if (view === null) return;
  const record = node.disk.table('log').get(logKey(view.version)) as unknown as LogRecord | undefined;
  const copy = node.disk.table('meta').get('view') as unknown as View | undefined;
  const isThere = record?.hash === view.hash || (copy !== undefined && copy.version >= view.version);
  if (!isThere) scene.violate(`node ${node.index} goes by version ${view.version}, which is not on its disk`);
}
