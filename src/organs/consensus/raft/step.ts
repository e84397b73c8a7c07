import type { NodeId } from '../../../contract/words.ts';
import { advance } from './committing.ts';
import { campaign, canvass, isLoyal, stand, takePreVote, takePreVoted, takeVote, takeVoted } from './election.ts';
import type { Instant, RaftEvent } from './event.ts';
import { acknowledge, follow, forget, takeAppend, takeHeartbeat, takeInstalled, takeSnapshot } from './following.ts';
import { beat, propose, takeAppended, takeHeard, takeRejected } from './leading.ts';
import { flushed } from './log.ts';
import type { RaftMessage } from './message.ts';
import type { Outcome } from './outcome.ts';
import { read } from './reading.ts';
import { reseat, setLearners } from './reseating.ts';
import type { RaftState } from './state.ts';
import { transfer } from './transferring.ts';
import { isLeading, type LeadingTurn, Turn } from './turn.ts';

/**
 * Raft as a pure function: what a node becomes, says and writes because of one event. The same arguments give the same
 * outcome, and none of them is changed.
 *
 * @example
 * let state = begin(origin, tuning, instant);
 * const { state: next, writes, messages } = step(state, { type: 'tick' }, instant);
 */
export function step(state: RaftState, event: RaftEvent, instant: Instant): Outcome {
  const turn = new Turn(state, instant);
  (DECISIONS[event.type] as (turn: Turn, event: RaftEvent) => void)(turn, event);
  return turn.close();
}

type Decisions = {
  readonly [T in RaftEvent['type']]: (turn: Turn, event: Extract<RaftEvent, { readonly type: T }>) => void;
};

const DECISIONS: Decisions = {
  tick,
  receive: (turn, { from, message }) => receive(turn, from, message),
  propose: (turn, { entry }) => propose(turn, entry),
  reseat: (turn, { voters }) => reseat(turn, voters),
  learners: (turn, { nodes }) => setLearners(turn, nodes),
  flushed: (turn, { ticket }) => takeFlushed(turn, ticket),
  read: (turn, { token }) => read(turn, token),
  installed: (turn, { base }) => takeInstalled(turn, base),
  transfer: (turn, { to }) => transfer(turn, to),
  campaign: stand,
  forget,
  enroll: (turn) => turn.set({ abstains: false }),
};

function tick(turn: Turn): void {
  const { role } = turn.state;
  if (isLeading(turn)) beat(turn);
  else if (role.mode !== 'leading' && turn.now >= role.electionAt) canvass(turn);
}

function takeFlushed(turn: Turn, ticket: number): void {
  turn.set({ log: flushed(turn.state.log, ticket) });
  if (isLeading(turn)) advance(turn);
  else acknowledge(turn, { again: false });
}

/** First the fence: what belongs to another generation or an earlier epoch has no effect. */
function receive(turn: Turn, from: NodeId, message: RaftMessage): void {
  const { generation } = turn.state;
  if (message.generation > generation)
    turn.notices.push({ notice: 'superseded', peer: from, generation: message.generation });
  else if (message.generation < generation) answerStale(turn, from, message);
  // The epoch of a canvass is not begun yet: nobody enters it for being asked.
  else if (message.type === 'preVote') takePreVote(turn, from, message);
  else if (message.epoch > turn.state.epoch) enter(turn, from, message);
  else if (message.epoch < turn.state.epoch && message.type !== 'preVoted') answerStale(turn, from, message);
  else take(turn, from, message);
}

/** Enters the later epoch of a message, except for a candidate that nobody needs. */
function enter(turn: Turn, from: NodeId, message: RaftMessage): void {
  if (message.type === 'vote' && !message.byTransfer && isLoyal(turn.state, turn.now)) return;
  follow(turn, message.epoch, isOfLeader(message) ? from : null);
  take(turn, from, message);
}

function isOfLeader({ type }: RaftMessage): boolean {
  return type === 'append' || type === 'heartbeat' || type === 'snapshot';
}

/** Those who act in an earlier epoch must learn of this one, else a leader that was cut off would call in vain for ever. */
function answerStale(turn: Turn, from: NodeId, message: RaftMessage): void {
  if (message.type === 'vote') turn.send(from, { type: 'voted', granted: false });
  else if (isOfLeader(message)) turn.send(from, { type: 'stale' });
}

type Takers = {
  readonly [T in RaftMessage['type']]?: (
    turn: Turn,
    from: NodeId,
    message: Extract<RaftMessage, { readonly type: T }>,
  ) => void;
};

const TAKERS: Takers = {
  // Two leaders of one epoch can't be: a message that says so is not obeyed.
  append: (turn, from, message) => isLeading(turn) || takeAppend(turn, from, message),
  heartbeat: (turn, from, message) => isLeading(turn) || takeHeartbeat(turn, from, message),
  snapshot: (turn, from, message) => isLeading(turn) || takeSnapshot(turn, from, message),
  transfer: (turn) => campaign(turn, { byTransfer: true }),
  preVoted: takePreVoted,
  vote: takeVote,
  voted: takeVoted,
  appended: whileLeading(takeAppended),
  rejected: whileLeading(takeRejected),
  heard: whileLeading(takeHeard),
};

function take(turn: Turn, from: NodeId, message: RaftMessage): void {
  const taker = TAKERS[message.type] as ((turn: Turn, from: NodeId, message: RaftMessage) => void) | undefined;
  taker?.(turn, from, message);
}

function whileLeading<M>(decide: (turn: LeadingTurn, from: NodeId, message: M) => void) {
  return (turn: Turn, from: NodeId, message: M): void => {
    if (isLeading(turn)) decide(turn, from, message);
  };
}
