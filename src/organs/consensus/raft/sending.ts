import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId } from '../../../contract/words.ts';
import { fitting } from '../records.ts';
import { lastOf, type Mark, placeAt, recordsAfter } from './log.ts';
import { installing, isHeldBack, type Progress, sent } from './progress.ts';
import { peersOf } from './state.ts';
import { type LeadingTurn, lead } from './turn.ts';

/** Records of one append, so that it fits into a message beside others. */
const APPEND_BYTES_MAX = LIMITS.messageBytesMax / 2;

export function setProgress(turn: LeadingTurn, node: NodeId, progress: Progress): void {
  lead(turn, { progress: { ...turn.state.role.progress, [node]: progress } });
}

export function peers(turn: LeadingTurn): readonly NodeId[] {
  return peersOf(turn.state, turn.state.role);
}

/**
 * Sends a peer what it lacks: records, or else the commit index where that is news. `mustAnswer`: an append even where there
 * is neither, because its answer tells where the peer is.
 */
export function replicate(turn: LeadingTurn, node: NodeId, { mustAnswer = false } = {}): void {
  const { log, role } = turn.state;
  const progress = role.progress[node];
  if (progress === undefined || isHeldBack(progress)) return;
  const after = placeAt(log, progress.next - 1);
  if (after === undefined) {
    sendElsewhere(turn, node, progress);
    return;
  }
  const records = fitting(recordsAfter(log, after.index, LIMITS.raftBatchMax), APPEND_BYTES_MAX);
  const last = records.at(-1);
  if (last === undefined && progress.told >= log.commit && !mustAnswer) return;
  turn.send(node, { type: 'append', after: mark(after), records, commit: log.commit });
  setProgress(turn, node, sent(progress, last?.index ?? after.index, log.commit));
}

/** What the peer lacks is on the disk alone: it fetches the log, or a copy of the view, as any node does. */
function sendElsewhere(turn: LeadingTurn, node: NodeId, progress: Progress): void {
  const { log } = turn.state;
  const upTo = placeAt(log, log.commit);
  if (upTo === undefined) return;
  turn.send(node, { type: 'snapshot', upTo: mark(upTo) });
  setProgress(turn, node, installing(progress, upTo.index, turn.now + LIMITS.raftInstallMs));
}

export function replicateAll(turn: LeadingTurn): void {
  for (const node of peers(turn)) replicate(turn, node);
}

/** Starts a round of heartbeats: whoever answers it has not followed another leader before it left. */
export function startRound(turn: LeadingTurn): void {
  lead(turn, { round: turn.state.role.round + 1 });
  for (const node of peers(turn)) sendHeartbeat(turn, node);
}

function sendHeartbeat(turn: LeadingTurn, node: NodeId): void {
  const { log, role } = turn.state;
  const known = Math.min(role.progress[node]?.match ?? 0, log.commit);
  const commit = placeAt(log, known) ?? { index: 0, epoch: 0 };
  turn.send(node, { type: 'heartbeat', commit: mark(commit), round: role.round, sentAt: turn.now });
}

/** Only what makes a place: a record has more. */
export function mark({ index, epoch }: Mark): Mark {
  return { index, epoch };
}

/** The end of this leader's log. */
export function lastIndex(turn: LeadingTurn): number {
  return lastOf(turn.state.log).index;
}
