import type { Entry } from '../../../contract/entries.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId } from '../../../contract/words.ts';
import { hashRecord } from '../records.ts';
import { electorsOf } from './electorate.ts';
import { lastOf } from './log.ts';
import { type Progress, unknownPeer } from './progress.ts';
import { lastIndex, peers, replicateAll } from './sending.ts';
import { type LeadingTurn, lead, type Turn } from './turn.ts';

/** Appends an entry of this leader and sends it on. */
export function append(turn: LeadingTurn, entry: Entry): void {
  const { generation, epoch, log } = turn.state;
  const last = lastOf(log);
  const record = { generation, epoch, index: last.index + 1, at: turn.instant.wall, entry };
  const before = electorsOf(log.electorate);
  turn.put([{ ...record, hash: hashRecord(last.hash, record) }]);
  // Who is no voter any more still learns that it is none: it stays a learner until the leader is told otherwise.
  const seated = electorsOf(turn.state.log.electorate);
  const gone = before.filter((node) => !seated.includes(node) && node !== turn.state.self);
  if (gone.length > 0) lead(turn, { learners: [...new Set([...turn.state.role.learners, ...gone])] });
  tendPeers(turn);
  replicateAll(turn);
}

/** Keeps what is known of each peer, and starts anew with those that are new. */
export function tendPeers(turn: LeadingTurn): void {
  const { progress } = turn.state.role;
  const kept: { [node: NodeId]: Progress } = {};
  for (const node of peers(turn)) kept[node] = progress[node] ?? unknownPeer(lastIndex(turn), turn.now);
  lead(turn, { progress: kept });
}

/** True where a leader holds as many entries without a majority as it may. */
export function isFull({ state: { log } }: Turn): boolean {
  return lastOf(log).index - log.commit >= LIMITS.raftUncommittedMax;
}
