import type { NodeId } from '../../../contract/words.ts';
import type { FaultName } from '../faults/catalogue.ts';
import type { Invariant } from '../invariant.ts';
import { labelOf, type Strike } from '../strike.ts';

/** For so long a node must have been well: longer than it takes to condemn one that is not. */
const WELL_FOR_MS = 8_000;

/** What happens to others, or is only said, makes nobody fall silent. */
const HARMLESS: ReadonlySet<FaultName> = new Set<FaultName>([
  'crash',
  'doom',
  'thrash',
  'leave',
  'join-storm',
  'clock-jump',
  'bit-rot',
  'lost-disk',
  'stale-disk',
  'forged-view',
  'forged-broadcast',
  'false-alerts',
]);

export const theLivingStay: Invariant = {
  name: 'the-living-stay',
  promise: 'Nobody is taken for dead who lives and can be reached, whatever others say of it.',
  how: 'A REPLACE for the dead is a breach where its node had run all the time lately, and neither its links nor those of anybody else nor the disks had any fault.',
  holds: 'always',
  watch: (scene) => {
    const underWay = new Map<string, Strike>();
    const startedAt = new Map<NodeId, number>();
    let troubledAt = 0;
    const touches = (strike: Strike): boolean => !HARMLESS.has(strike.kind);
    return {
      see: (observation) => {
        const { what, at } = observation;
        if (what === 'struck') underWay.set(labelOf(observation.strike), observation.strike);
        if (what === 'ended') underWay.delete(labelOf(observation.strike));
        if ((what === 'struck' || what === 'ended') && touches(observation.strike)) troubledAt = at;
        if (what === 'started') startedAt.set(observation.node.id, at);
        if (what === 'stopped') startedAt.delete(observation.node.id);
        // A leader that has just come back knows of nobody for a while.
        if ((what === 'started' || what === 'stopped') && observation.node.index === 0) troubledAt = at;
      },
      committed: ({ record, by, at }) => {
        if (record.entry.type !== 'REPLACE' || record.entry.reason !== 'dead') return;
        if (at - troubledAt < WELL_FOR_MS || [...underWay.values()].some(touches)) return;
        for (const node of record.entry.nodes) {
          const since = startedAt.get(node);
          if (since !== undefined && at - since >= WELL_FOR_MS)
            scene.violate(
              `node ${by} committed entry ${record.index}, by which ${node} is dead; it has lived since ${since} ms`,
            );
        }
      },
    };
  },
};
