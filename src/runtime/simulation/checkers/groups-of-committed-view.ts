import { childSlots, parentSlot } from '../../../contract/slots.ts';
import type { NodeId, View } from '../../../contract/words.ts';
import type { PulseFacts } from '../../../organs/pulse/index.ts';
import { committedIn } from '../annals.ts';
import type { Invariant, Scene, Subject } from '../invariant.ts';

export const groupsOfCommittedView: Invariant = {
  name: 'groups-of-committed-view',
  promise:
    'Who sits where, by any node, is what the log says at that version; and whom a node watches is whom that map assigns to it.',
  how: 'Each view that a node takes over is compared with the log, slot by slot; the watched of each node with the parents, children and neighbours of its slots.',
  holds: 'always',
  watch: (scene) => {
    const right = new WeakSet<View['trees']>();
    return {
      see: (observation) => {
        const committed = committedIn(observation);
        if (committed === undefined || observation.what !== 'told' || right.has(committed.view.trees)) return;
        compare(scene, committed.view, `node ${observation.node.index}`);
        right.add(committed.view.trees);
      },
      sweep: () => {
        for (const node of scene.nodes) if (node.running) lookAt(scene, node);
      },
    };
  },
};

function compare(scene: Scene, view: View, who: string): void {
  const model = scene.annals.at(view.generation, view.version)?.after;
  if (model === undefined) return;
  for (const [tree, { genome, slots }] of Object.entries(view.trees)) {
    const expected = model.trees.get(tree)?.slots ?? [];
    const is = slots.map(({ node }) => node);
    const at = Math.max(is.length, expected.length);
    for (let slot = 0; slot < at; slot++) {
      if (is[slot] !== expected[slot])
        scene.violate(
          `${who} has ${is[slot]} in slot ${slot + 1} of ${genome}, version ${view.version}; the log says ${expected[slot]}`,
        );
    }
  }
}

function lookAt(scene: Scene, node: Subject): void {
  const facts = node.facts<PulseFacts>('pulse');
  if (facts === undefined || facts.view === null || node.mode('pulse') !== 'watching') return;
  const expected = new Set(Object.values(facts.view.trees).flatMap((map) => around(map, node.id)));
  const is = new Set(facts.watched);
  const missing = [...expected].filter((other) => !is.has(other));
  const extra = [...is].filter((other) => !expected.has(other));
  if (missing.length + extra.length > 0)
    scene.violate(
      `node ${node.index} watches ${extra.join() || 'nobody'} in vain and not ${missing.join() || 'nobody'}`,
    );
}

/** Parent, children and the neighbours in slot order, of one tree. */
function around({ slots, fanout }: View['trees'][string], self: NodeId): NodeId[] {
  const slot = slots.findIndex(({ node }) => node === self) + 1;
  if (slot === 0) return [];
  const ring = [slot === 1 ? slots.length : slot - 1, slot === slots.length ? 1 : slot + 1];
  const near = [parentSlot(slot, fanout) ?? 0, ...childSlots(slot, fanout, slots.length), ...ring];
  return near.flatMap((at) => slots[at - 1]?.node ?? []).filter((node) => node !== self);
}
