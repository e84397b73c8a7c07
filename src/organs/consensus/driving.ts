import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { fetch } from './catching-up.ts';
import { type ConsensusFacts, type ConsensusStep, logKey, only, recordWrite, type Vouch } from './facts.ts';
import { BALLOT, instantOf, type OpeningOptions } from './opening.ts';
import {
  electorsOf,
  lastOf,
  type Outcome,
  openElectorates,
  type RaftEvent,
  type RaftMessage,
  type RaftState,
  step,
  type Writes,
} from './raft/index.ts';
import { takeRole } from './roles.ts';
import { owe } from './waiting.ts';

/** What voters, learners and their leader say to each other, beside what they sign. */
export interface RaftTalk {
  readonly messages: readonly RaftMessage[];
  /** Under the acknowledgement of records: the sender's signature. */
  readonly vouch?: Vouch;
}

export type DrivingOptions = OpeningOptions;

/**
 * Lets the log's rules take events, one after the other, and turns what they decide into a step: the kernel lets nothing of
 * it leave before its writes are on the disk.
 *
 * @param asker the peer whose question this is; what is meant for it becomes the answer
 */
export function drive(
  facts: ConsensusFacts,
  events: readonly RaftEvent[],
  options: DrivingOptions,
  moment: Moment,
  asker?: NodeId,
): ConsensusStep {
  const { raft } = facts;
  if (raft === null || facts.forked) return asker === undefined ? { facts } : only(facts, silence());
  const outcomes: Outcome[] = [];
  const writes: Write[] = [];
  let state = raft;
  for (const event of events) {
    const outcome = step(state, event, instantOf(moment));
    writes.push(...writesOf(state, outcome.writes));
    outcomes.push(outcome);
    state = outcome.state;
  }
  const next: ConsensusFacts = { ...facts, raft: state };
  return chain(
    { facts: next, writes },
    (now) => takeRole(now, raft, options.store),
    (now) => only(now, ...talk(now, outcomes, options, asker)),
    (now) => settleReads(now, outcomes, moment),
    (now) => install(now, outcomes),
    (now) => heed(now, outcomes),
  );
}

/** What the rules can only tell: a later generation is fetched, and the operator hears of what should not be. */
function heed(facts: ConsensusFacts, outcomes: readonly Outcome[]): ConsensusStep {
  const notices = outcomes.flatMap((outcome) => outcome.notices);
  if (notices.length === 0) return only(facts);
  const ahead = notices.find(({ notice }) => notice === 'superseded');
  const strange = notices
    .filter(({ notice }) => notice !== 'superseded')
    .map(({ notice, peer }) => `${notice} ${peer}`);
  // Said once of each: it goes on for as long as it is so.
  const fresh = [...new Set(strange)].filter((one) => !facts.noticed.includes(one));
  const noticed = fresh.length === 0 ? facts.noticed : [...facts.noticed, ...fresh].slice(-LIMITS.noticesKept);
  const told = fresh.map((notice): Effect => ({ effect: 'run', name: 'report', params: { notice } }));
  return chain(only({ ...facts, noticed }, ...told), (now) =>
    ahead === undefined ? { facts: now } : fetch(now, ahead.peer),
  );
}

const silence = (): Effect => ({ effect: 'reply', body: { messages: [] } });

/** A tail that is given up is removed before other records are written in its place. */
function writesOf(before: RaftState, writes: Writes | null): Write[] {
  if (writes === null) return [];
  const { ballot, cutAfter, records } = writes;
  const cut: Write[] = [];
  for (let index = (cutAfter ?? Number.POSITIVE_INFINITY) + 1; index <= lastOf(before.log).index; index++)
    cut.push({ table: 'log', key: logKey(index), remove: true });
  const vote: Write[] = ballot === undefined ? [] : [{ table: 'meta', key: BALLOT, value: ballot as unknown as Json }];
  return [...vote, ...cut, ...records.map(recordWrite)];
}

/** Messages as questions, whose answers bring what the other end says to them at once. */
function talk(
  facts: ConsensusFacts,
  outcomes: readonly Outcome[],
  { timing }: DrivingOptions,
  asker: NodeId | undefined,
): Effect[] {
  const small = new Map<NodeId, RaftMessage[]>();
  const asks: Effect[] = [];
  const ask = (to: NodeId, messages: readonly RaftMessage[]): Effect => ({
    effect: 'ask',
    to,
    tree: null,
    kind: 'consensus.raft',
    body: bodyOf(facts, messages),
    deadlineMs: timing.electionMaxMs,
    onAnswer: 'consensus.heard',
  });
  for (const { to, message } of outcomes.flatMap(({ messages }) => messages)) {
    // Records may fill a message by themselves.
    if (message.type === 'append' && message.records.length > 0) asks.push(ask(to, [message]));
    else small.set(to, [...(small.get(to) ?? []), message]);
  }
  if (asker !== undefined) asks.push({ effect: 'reply', body: bodyOf(facts, small.get(asker) ?? []) });
  for (const [to, messages] of small) if (to !== asker) asks.push(ask(to, messages));
  return asks;
}

/** With an acknowledgement goes the newest signature that it covers. */
function bodyOf({ raft, vouches }: ConsensusFacts, messages: readonly RaftMessage[]): Json {
  const kept = messages.slice(-LIMITS.raftTalkMax);
  const upTo = Math.max(0, ...kept.map((message) => (message.type === 'appended' ? message.index : 0)));
  const vouch = vouches[raft?.self ?? '']?.findLast(({ version }) => version <= upTo);
  const body: RaftTalk = vouch === undefined || upTo === 0 ? { messages: kept } : { messages: kept, vouch };
  return body as unknown as Json;
}

/** What peers of the log's rules may say: the rest would let any member make itself the leader. */
const OF_CANDIDATES: ReadonlySet<RaftMessage['type']> = new Set([
  'append',
  'heartbeat',
  'snapshot',
  'vote',
  'preVote',
  'transfer',
]);

/** Messages of a peer; only those whose word counts by some list that this node knows lead or campaign. */
export function receiveEvents(facts: ConsensusFacts, from: NodeId, { messages }: RaftTalk): readonly RaftEvent[] {
  const { raft, view } = facts;
  const isElector =
    view?.voters.includes(from) === true ||
    view?.leaving?.includes(from) === true ||
    (raft !== null && openElectorates(raft.log).some((electorate) => electorsOf(electorate).includes(from)));
  return messages
    .filter(({ type }) => isElector || !OF_CANDIDATES.has(type))
    .map((message) => ({ type: 'receive', from, message }));
}

/** What a peer said to what this node told it. */
export function takeHeard(facts: ConsensusFacts, { to, outcome }: Answer): readonly RaftEvent[] {
  return outcome.ok ? receiveEvents(facts, to, outcome.body as unknown as RaftTalk) : [];
}

/** Reads are answered once this node's own view has come so far. */
function settleReads(facts: ConsensusFacts, outcomes: readonly Outcome[], moment: Moment): ConsensusStep {
  let next = facts;
  for (const { token, index } of outcomes.flatMap(({ reads }) => reads))
    next = owe(next, { token, version: index, needs: 'local', copies: 0, epoch: 0, body: { version: index } }, moment);
  const refused = outcomes
    .flatMap(({ refusals }) => refusals)
    .flatMap(({ token, why }): Effect[] => {
      if (token === undefined) return [];
      const outcome =
        why === 'busy'
          ? ({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs } as const)
          : ({ ok: false, code: 'no-authority', detail: 'this node leads no more' } as const);
      return [{ effect: 'answer', token, outcome }];
    });
  return only(next, ...refused);
}

/** What the leader has no longer at hand is fetched as any node does. */
function install(facts: ConsensusFacts, outcomes: readonly Outcome[]): ConsensusStep {
  const wanted = outcomes.findLast((outcome) => outcome.install !== null)?.install;
  return wanted === null || wanted === undefined ? only(facts) : fetch(facts, wanted.from);
}
