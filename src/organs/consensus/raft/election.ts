import type { NodeId } from '../../../contract/words.ts';
import { electorsOf, isElector, tally, type Votes } from './electorate.ts';
import { follow } from './following.ts';
import { openTerm } from './leading.ts';
import { isAsGoodAs, lastOf } from './log.ts';
import type { RaftBody, RaftMessage } from './message.ts';
import { mark } from './sending.ts';
import { electionAt, isPromotable, type RaftState } from './state.ts';
import type { Turn } from './turn.ts';

type Message<T extends RaftBody['type']> = Extract<RaftMessage, { readonly type: T }>;

/** Canvasses because it is told to. A lease is a promise to let the leader be, and binds the candidate as well. */
export function stand(turn: Turn): void {
  if (!turn.state.tuning.lease || !isLoyal(turn.state, turn.now)) canvass(turn);
}

/** Asks whether a campaign would succeed: a node that is only cut off never raises the epoch of the others. */
export function canvass(turn: Turn): void {
  if (!isPromotable(turn.state) || turn.state.role.mode === 'leading') return;
  const { tuning, self, log } = turn.state;
  const votes = { [self]: true };
  if (tally(log.electorate, votes) === 'won') {
    campaign(turn, { byTransfer: false });
    return;
  }
  turn.become({ mode: 'canvassing', votes, electionAt: electionAt(tuning, turn.instant) });
  ask(turn, { type: 'preVote', last: mark(lastOf(log)) });
}

/** Votes for itself in a new epoch, and asks the others to. */
export function campaign(turn: Turn, { byTransfer }: { readonly byTransfer: boolean }): void {
  if (!isPromotable(turn.state) || turn.state.role.mode === 'leading') return;
  const { tuning, self, log, epoch } = turn.state;
  const votes = { [self]: true };
  turn.set({
    epoch: epoch + 1,
    vote: self,
    role: { mode: 'campaigning', votes, electionAt: electionAt(tuning, turn.instant) },
  });
  if (tally(log.electorate, votes) === 'won') openTerm(turn);
  else ask(turn, { type: 'vote', last: mark(lastOf(log)), byTransfer });
}

function ask(turn: Turn, body: RaftBody): void {
  const { log, self } = turn.state;
  for (const node of electorsOf(log.electorate)) if (node !== self) turn.send(node, body);
}

/** Answers without taking part: neither its own epoch nor its vote is touched. */
export function takePreVote(turn: Turn, from: NodeId, { last, epoch }: Message<'preVote'>): void {
  const { state, now } = turn;
  // Who hears a leader has no use for another; it says nothing, as if the question were lost.
  if (isLoyal(state, now)) return;
  const asked = epoch + 1;
  const isNew = asked > state.epoch || (asked === state.epoch && isFree(state, from));
  const granted = isNew && !state.abstains && isAsGoodAs(state.log, last);
  turn.send(from, { type: 'preVoted', asked, granted });
}

/** True where a vote in this node's own epoch may still go to `candidate`. */
function isFree({ vote, role }: RaftState, candidate: NodeId): boolean {
  const knowsLeader = role.mode === 'leading' || (role.mode === 'following' && role.leader !== null);
  return vote === candidate || (vote === null && !knowsLeader);
}

/** True where a leader was heard so lately that no other is wanted. A leader itself steps down by its own check. */
export function isLoyal({ role, tuning }: RaftState, now: number): boolean {
  if (role.mode === 'leading') return true;
  return role.mode === 'following' && now - role.heardAt < tuning.electionMinMs;
}

/** The epoch is the candidate's by now. */
export function takeVote(turn: Turn, from: NodeId, { last }: Message<'vote'>): void {
  const { state } = turn;
  const granted = isFree(state, from) && !state.abstains && isAsGoodAs(state.log, last);
  if (granted) {
    // Whoever has voted gives the winner time to show itself.
    follow(turn, state.epoch, null);
    turn.set({ vote: from });
  }
  turn.send(from, { type: 'voted', granted });
}

export function takePreVoted(turn: Turn, from: NodeId, { asked, granted }: Message<'preVoted'>): void {
  const { role, epoch } = turn.state;
  if (role.mode !== 'canvassing' || asked !== epoch + 1) return;
  const votes = count(turn, role.votes, from, granted);
  turn.become({ ...role, votes });
  const verdict = tally(turn.state.log.electorate, votes);
  if (verdict === 'won') campaign(turn, { byTransfer: false });
  if (verdict === 'lost') follow(turn, epoch, null);
}

export function takeVoted(turn: Turn, from: NodeId, { granted }: Message<'voted'>): void {
  const { role, epoch } = turn.state;
  if (role.mode !== 'campaigning') return;
  const votes = count(turn, role.votes, from, granted);
  turn.become({ ...role, votes });
  const verdict = tally(turn.state.log.electorate, votes);
  if (verdict === 'won') openTerm(turn);
  if (verdict === 'lost') follow(turn, epoch, null);
}

/** The first word of each elector counts; others have no say. */
function count({ state: { log } }: Turn, votes: Votes, from: NodeId, granted: boolean): Votes {
  return votes[from] !== undefined || !isElector(log.electorate, from) ? votes : { ...votes, [from]: granted };
}
