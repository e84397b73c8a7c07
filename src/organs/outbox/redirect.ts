import type { Write } from '../../contract/ports.ts';
import type { View } from '../../contract/words.ts';
import { holderOf, laneOf, type OutboxFacts, type OutboxStep, peerOf, placeRows, withLane, withPeer } from './facts.ts';
import { takeRows } from './lane.ts';
import { nextMode } from './peer-mode.ts';
import type { Row } from './rows.ts';
import { putLane } from './sending.ts';

/** A newer view: messages for roles follow to their new holders. */
export function takeView(facts: OutboxFacts, view: View): OutboxStep {
  // Most views only set registers.
  if (facts.view?.trees === view.trees) return { facts: { ...facts, view } };
  return redirect(placeRows({ ...facts, view, unplaced: [] }, facts.unplaced));
}

/**
 * Takes the messages for roles from the queues of those who no longer hold them, and gives them to the holders of now.
 * Where a frame is in flight it is waited for: what it brings about decides which of them are still to be sent.
 */
export function redirect(facts: OutboxFacts): OutboxStep {
  const writes: Write[] = [];
  const moved: Row[] = [];
  let next = facts;
  for (const [node, peer] of Object.entries(facts.peers)) {
    const isGone = (row: Row): boolean => !('cell' in row.to) && holderOf(facts.view, row.to) !== node;
    for (const name of Object.keys(peer.lanes)) {
      const { lane, taken } = takeRows(laneOf(next, node, name), isGone);
      if (taken.length === 0) continue;
      if (peer.flight !== null) {
        next = withPeer(next, node, { mode: nextMode(peerOf(next, node).mode, 'peer.replaced') });
        continue;
      }
      moved.push(...taken);
      next = withLane(next, node, name, lane);
      writes.push(putLane(node, name, lane));
    }
  }
  return { facts: placeRows(next, moved), writes };
}
