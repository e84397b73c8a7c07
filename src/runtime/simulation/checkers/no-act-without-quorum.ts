import type { Invariant } from '../invariant.ts';

/** How long an entry that was on its way may take until it is told of: flushes of a slow disk, mostly. */
const GRACE_MS = 5_000;

export const noActWithoutQuorum: Invariant = {
  name: 'no-act-without-quorum',
  promise: 'A fragment without a majority of the voters decides nothing: it acknowledges no SET and commits no entry.',
  how: 'A write that was asked and acknowledged while no majority was within reach of the node that was asked, or an entry that was first told of by a node cut off for longer than entries are on their way.',
  holds: 'always',
  watch: (scene) => ({
    see: (observation) => {
      if (observation.what !== 'returned') return;
      const { kind, key, node, calledAt, outcome } = observation.operation;
      if ((kind !== 'set' && kind !== 'put') || outcome?.ok !== true) return;
      const since = scene.reach.cutOffSince(node);
      if (since !== undefined && since <= calledAt)
        scene.violate(`node ${node} acknowledged the ${kind} of ${key}, cut off from a majority since ${since} ms`);
    },
    committed: ({ record, by, at }) => {
      const since = scene.reach.cutOffSince(by);
      if (since !== undefined && since + GRACE_MS < at)
        scene.violate(`node ${by} committed entry ${record.index}, cut off from a majority since ${since} ms`);
    },
  }),
};
