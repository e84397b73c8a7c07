import type { NodeId } from '../../../contract/words.ts';
import type { Base, Mark } from './log.ts';
import { contradicts, follows, hasMark, jumpedTo, lastNotAfter, lastOf, newRecords, placeAt } from './log.ts';
import type { RaftBody } from './message.ts';
import { refuseRead } from './reading.ts';
import { electionAt, type Following } from './state.ts';
import { isLeading, type Turn } from './turn.ts';

type Body<T extends RaftBody['type']> = Extract<RaftBody, { readonly type: T }>;

/** Becomes a follower in `epoch`, of `leader` where one is known. What was asked of it as a leader is refused. */
export function follow(turn: Turn, epoch: number, leader: NodeId | null): void {
  const { state } = turn;
  const { role, tuning } = state;
  if (isLeading(turn)) for (const { token } of turn.state.role.reads) refuseRead(turn, token, 'not-leading');
  const heardBefore = role.mode === 'following' && tuning.lease ? role.heardAt : Number.NEGATIVE_INFINITY;
  const isNewer = epoch > state.epoch;
  turn.set({
    epoch,
    vote: isNewer ? null : state.vote,
    role: {
      mode: 'following',
      leader,
      heardAt: leader === null ? heardBefore : turn.now,
      matched: 0,
      acked: 0,
      electionAt: electionAt(tuning, turn.instant),
    },
  });
}

/** The leader of this epoch was heard: whatever this node was about, it follows now. */
function hear(turn: Turn, leader: NodeId): Following {
  const { role, epoch, tuning } = turn.state;
  if (role.mode !== 'following' || role.leader !== leader) follow(turn, epoch, leader);
  const following = turn.state.role as Following;
  const next = { ...following, heardAt: turn.now, electionAt: electionAt(tuning, turn.instant) };
  turn.become(next);
  return next;
}

/** Drops the leader, so that another may be voted for at once. A lease is a promise not to do so. */
export function forget(turn: Turn): void {
  const { role, tuning } = turn.state;
  if (role.mode !== 'following' || role.leader === null || tuning.lease) return;
  turn.become({ ...role, leader: null, heardAt: Number.NEGATIVE_INFINITY });
}

/** Takes the leader's records over. What is new here is acknowledged once it is flushed. */
export function takeAppend(turn: Turn, from: NodeId, { after, records, commit }: Body<'append'>): void {
  hear(turn, from);
  const { log } = turn.state;
  if (!hasMark(log, after)) {
    reject(turn, from, after);
    return;
  }
  const fresh = newRecords(log, records);
  if (contradicts(log, records) || !follows(log, fresh)) {
    turn.notices.push({ notice: 'contradicted', peer: from });
    return;
  }
  turn.put(fresh);
  const end = records.at(-1)?.index ?? after.index;
  match(turn, end);
  commitTo(turn, Math.min(commit, matchedIndex(turn)));
  if (turn.state.log.stable >= end) acknowledge(turn, { again: true });
}

/** Tells the leader how far back to look: no further than what is committed here, for that is alike everywhere. */
function reject(turn: Turn, to: NodeId, after: Mark): void {
  const { log, abstains } = turn.state;
  const index = lastNotAfter(log, after, log.commit);
  const hint = { index, epoch: placeAt(log, index)?.epoch ?? 0 };
  turn.send(to, { type: 'rejected', asked: after.index, hint, abstains });
}

export function takeHeartbeat(turn: Turn, from: NodeId, { commit, round, sentAt }: Body<'heartbeat'>): void {
  hear(turn, from);
  const { log, abstains } = turn.state;
  const lacks = !hasMark(log, commit);
  if (!lacks) {
    match(turn, commit.index);
    commitTo(turn, commit.index);
  }
  turn.send(from, { type: 'heard', round, sentAt, lacks, abstains });
}

/** The leader has no longer at hand what this node lacks: it must come from the disk of some node. */
export function takeSnapshot(turn: Turn, from: NodeId, { upTo }: Body<'snapshot'>): void {
  hear(turn, from);
  if (!hasMark(turn.state.log, upTo)) {
    turn.install = { from, upTo };
    return;
  }
  // It has come some other way meanwhile.
  match(turn, upTo.index);
  commitTo(turn, upTo.index);
  if (turn.state.log.stable >= upTo.index) acknowledge(turn, { again: true });
}

/** This node has fetched the log, or a copy of the view, and its proof. */
export function takeInstalled(turn: Turn, base: Base): void {
  const { log, epoch, role } = turn.state;
  if (base.index <= log.commit) return;
  if (role.mode !== 'following' || base.epoch > epoch) follow(turn, Math.max(epoch, base.epoch), null);
  const next = jumpedTo(turn.state.log, base);
  if (lastOf(next).index < lastOf(log).index) turn.cut(base.index);
  turn.set({ log: next });
  acknowledge(turn, { again: false });
}

function match(turn: Turn, index: number): void {
  const { role } = turn.state;
  if (role.mode === 'following') turn.become({ ...role, matched: Math.max(role.matched, index) });
}

/** Up to here this log is the leader's: what is committed is so in every log. */
function matchedIndex({ state: { role, log } }: Turn): number {
  return Math.max(role.mode === 'following' ? role.matched : 0, log.commit);
}

function commitTo(turn: Turn, index: number): void {
  if (index > turn.state.log.commit) turn.commit(index);
}

/** Tells the leader up to where its records are on this disk; `again`: even where it has been told. */
export function acknowledge(turn: Turn, { again }: { readonly again: boolean }): void {
  const { role, log, abstains } = turn.state;
  if (role.mode !== 'following' || role.leader === null) return;
  const index = Math.min(matchedIndex(turn), log.stable);
  if (index <= role.acked && !again) return;
  turn.send(role.leader, { type: 'appended', index, abstains });
  turn.become({ ...role, acked: Math.max(role.acked, index) });
}
