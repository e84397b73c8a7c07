import type { LogRecord } from '../../../contract/entries.ts';
import type { NodeId, View } from '../../../contract/words.ts';
import { logKey } from '../../../organs/consensus/facts.ts';
import type { Invariant, Subject } from '../invariant.ts';

export const committedIsKept: Invariant = {
  name: 'committed-is-kept',
  promise: 'A committed entry is on the disks of a majority of the voters, as long as a majority keeps its disks.',
  how: 'The newest committed entry is looked for on the disks of its voters, whenever a process ends and with every sweep. A voter whose disk was lost or replaced by an older one counts for nothing.',
  holds: 'always',
  watch: (scene) => {
    const look = (): void => {
      const newest = scene.annals.newest;
      if (newest === undefined) return;
      const { record, after } = newest;
      for (const voters of [after.voters, after.leaving]) {
        const honest = voters.filter((voter) => !scene.spoilt.has(voter));
        const kept = honest.filter((voter) => has(diskOf(voter), record)).length;
        const needed = Math.floor(voters.length / 2) + 1 - (voters.length - honest.length);
        if (voters.length > 0 && kept < needed)
          scene.violate(`entry ${record.index} is on ${kept} of the ${needed} disks of voters that it must be on`);
      }
    };
    const diskOf = (id: NodeId): Subject['disk'] | undefined => scene.nodes.find((node) => node.id === id)?.disk;
    return {
      see: ({ what }) => {
        if (what === 'stopped') look();
      },
      sweep: look,
    };
  },
};

/** By itself, or within a copy of a view that came after it. */
function has(disk: Subject['disk'] | undefined, { index, hash, generation }: LogRecord): boolean {
  const kept = disk?.table('log').get(logKey(index)) as unknown as LogRecord | undefined;
  if (kept?.hash === hash) return true;
  const view = disk?.table('meta').get('view') as unknown as View | undefined;
  return view !== undefined && view.generation === generation && view.version >= index;
}
