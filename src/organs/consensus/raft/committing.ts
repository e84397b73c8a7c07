import { append } from './appending.ts';
import { isJoint, reachedBy, settling } from './electorate.ts';
import { follow } from './following.ts';
import { placeAt } from './log.ts';
import { counts } from './progress.ts';
import { releaseReads } from './reading.ts';
import { replicateAll } from './sending.ts';
import { furthest } from './transferring.ts';
import type { LeadingTurn } from './turn.ts';

/**
 * Commits what a majority has on its disks. Only an entry of the leader's own epoch may be counted: the copies of an
 * earlier one can all be replaced by a leader that never saw them. What comes before it is committed along with it.
 */
export function advance(turn: LeadingTurn): void {
  const { log, epoch } = turn.state;
  const reached = reachedBy(log.electorate, (node) => flushedBy(turn, node));
  if (reached <= log.commit || placeAt(log, reached)?.epoch !== epoch) return;
  turn.commit(reached);
  settle(turn);
  replicateAll(turn);
  releaseReads(turn);
  retire(turn);
}

function flushedBy({ state: { self, log, role } }: LeadingTurn, node: string): number {
  if (node === self) return log.stable;
  const peer = role.progress[node];
  return peer !== undefined && counts(peer) ? peer.match : 0;
}

/** A joint electorate is left as soon as it is committed. */
function settle(turn: LeadingTurn): void {
  const { log } = turn.state;
  if (log.electorateAt <= log.commit && isJoint(log.electorate)) append(turn, settling(log.electorate));
}

/** A leader that is no voter any more has done its last duty, and names who should come next. */
function retire(turn: LeadingTurn): void {
  const { log, self } = turn.state;
  if (log.electorateAt > log.commit || log.electorate.voters.includes(self)) return;
  const heir = furthest(turn);
  if (heir !== undefined) turn.send(heir, { type: 'transfer' });
  follow(turn, turn.state.epoch, null);
}
