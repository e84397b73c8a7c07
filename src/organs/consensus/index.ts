import type { Founding } from '../../contract/entries.ts';
import type { NodeEvents } from '../../contract/events.ts';
import type { Action, Answer, Handler, Input, Moment, Organ } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Json, NodeId, OrganismId } from '../../contract/words.ts';
import { type Proved, prove, report, swear } from './actors.ts';
import {
  type AdmissionOptions,
  askToJoin,
  askToLeave,
  askToReturn,
  leaving,
  returning,
  takeJoined,
  takeSettled,
} from './admission.ts';
import { type Asker, defer } from './asking.ts';
import { begin, found } from './beginning.ts';
import { fetch, page, takePage, type Wanted } from './catching-up.ts';
import { keepConflicts, takeKeptConflict } from './conflicts.ts';
import { drive, type RaftTalk, receiveEvents, takeHeard } from './driving.ts';
import {
  type AppendBody,
  type ConsensusFacts,
  type ConsensusStep,
  departure,
  type Held,
  isLeading,
  isLive,
  leaderOf,
  only,
  type ProposeBody,
  type ReadableStore,
  restored,
} from './facts.ts';
import { takeAppend } from './following.ts';
import { takeForked } from './forking.ts';
import { forward, isForwardable, refuseHeld, takeForwarded, takeForwardedRead } from './forwarding.ts';
import { admitGathered, takeJoin } from './joining.ts';
import { condemn, lead, settleOwn } from './leading.ts';
import { consensusMachine } from './machine.ts';
import { consensusAnswers, consensusMessages } from './messages.ts';
import { draft, type PromoteBody, promote } from './promoting.ts';
import { takeProved, takeVouch, takeVouched, takeVouchQuestion } from './proving.ts';
import { flushed, pushAgain } from './pushing.ts';
import type { Verify } from './records.ts';
import { conclude, tend } from './tending.ts';
import { answerWaiting } from './waiting.ts';

export type { JoinIntent } from './admission.ts';
export { registerKey } from './apply.ts';
export { CONFLICT } from './conflicts.ts';
export type { RaftTalk } from './driving.ts';
export type { ConsensusFacts, SelfDescription } from './facts.ts';
export { abstention } from './facts.ts';
export {
  charterClaim,
  invitationClaim,
  isCharter,
  type Verify,
} from './records.ts';

export interface ConsensusOptions extends AdmissionOptions {
  /** The organism it belongs to or was invited to; null for a founder. */
  readonly organism: OrganismId | null;
  /** The signed first entry, for a node that founds an organism. */
  readonly founding: Founding | null;
  readonly store: ReadableStore;
  readonly verify: Verify;
}

type Receive = Organ<ConsensusFacts>['receive'];
type Decide<B> = (facts: ConsensusFacts, body: B, moment: Moment, input: Input) => ConsensusStep;

/**
 * The organism's log at one node: who is a member, who sits where, and the registers; who votes on it and who leads.
 *
 * @example stem.start([consensusOrgan({ self, organism: null, founding, join: null, timing, store, verify })])
 */
export function consensusOrgan(options: ConsensusOptions): Organ<ConsensusFacts> {
  const { store, verify, timing } = options;
  const self = options.self.node;
  const leading = { self, store, verify, timing };
  const following = { ...leading, incarnation: options.self.incarnation, pollMs: timing.heartbeatMs };

  /** Types a handler's body, which the membrane has checked; every step is followed by what the log's rules make of it. */
  const on =
    <B>(decide: Decide<B>): Handler<ConsensusFacts> =>
    (facts, input: Input, moment) =>
      follow(decide(facts, input.body as B, moment, input), moment);
  /** The same for an action of the machine. */
  const act =
    (decide: Action<ConsensusFacts>): Action<ConsensusFacts> =>
    (facts, signal, moment) =>
      follow(decide(facts, signal, moment), moment);

  /** What follows every step: the log's rules and the view keep up with each other, and what had to wait for them goes on. */
  const follow = (step: ConsensusStep, moment: Moment): ConsensusStep =>
    chain(
      tend(step, following, moment),
      (now) => admitGathered(now, leading, moment),
      (now) => resume(now, moment),
      (now) => conclude(now, moment),
    );
  const resume = (facts: ConsensusFacts, moment: Moment): ConsensusStep => {
    if (facts.held.length === 0 || (!isLeading(facts) && !isFollowing(facts))) return { facts };
    const requests = facts.held.map(
      (held) =>
        (now: ConsensusFacts): ConsensusStep =>
          request(now, held, undefined, moment, held.token),
    );
    return chain({ facts: { ...facts, held: [] } }, ...requests);
  };

  /** Decided here, or handed on. */
  const request = (
    facts: ConsensusFacts,
    { kind, body }: Omit<Held, 'token'>,
    from: NodeId | undefined,
    moment: Moment,
    asker: Asker = null,
  ): ConsensusStep => {
    if (!isLeading(facts)) return forward(facts, { kind, body }, from, asker);
    if (kind === 'consensus.join') return takeJoin(facts, body as JoinRequest, from, leading, moment, asker);
    if (kind === 'consensus.read')
      return defer(facts, asker, 'read', (now, token) => drive(now, [{ type: 'read', token }], leading, moment));
    return lead(facts, (body as unknown as ProposeBody).command, from, leading, moment, asker);
  };

  const receive: Receive = {
    'consensus.propose': on<ProposeBody>((facts, body, moment, { from }) => {
      if (!isLeading(facts) && from !== undefined && !isForwardable(body.command))
        return only(facts, { effect: 'refuse', code: 'no-authority', detail: 'ask the leader itself' });
      return request(facts, { kind: 'consensus.propose', body: body as unknown as Json }, from, moment);
    }),
    'consensus.join': on<JoinRequest>((facts, body, moment, { from }) =>
      request(facts, { kind: 'consensus.join', body: body as unknown as Json }, from, moment),
    ),
    'consensus.read': on((facts, _body, moment, { from }) =>
      request(facts, { kind: 'consensus.read', body: null }, from, moment),
    ),
    'consensus.raft': on<RaftTalk>((facts, talk, moment, { from = '' }) =>
      drive(takeVouch(facts, from, talk.vouch, following), receiveEvents(facts, from, talk), leading, moment, from),
    ),
    'consensus.heard': on<Answer>((facts, answer, moment) => {
      const talk = answer.outcome.ok ? (answer.outcome.body as unknown as RaftTalk) : undefined;
      return drive(takeVouch(facts, answer.to, talk?.vouch, following), takeHeard(facts, answer), leading, moment);
    }),
    'consensus.tick': on((facts, _body, moment) =>
      drive({ ...facts, armedFor: null }, [{ type: 'tick' }], leading, moment),
    ),
    'consensus.vouch': on<{ version: number; hash: string }>(takeVouchQuestion),
    'consensus.vouched': on<Answer>((facts, answer) => ({ facts: takeVouched(facts, answer, following) })),
    'consensus.sworn': on<{ token: string; vouch: Json }>((facts, { token, vouch }) =>
      only(facts, { effect: 'answer', token, outcome: { ok: true, body: vouch } }),
    ),
    'consensus.append': on<AppendBody>((facts, body, _moment, { from }) =>
      from === undefined
        ? only(facts, { effect: 'reply', body: { version: facts.view?.version ?? 0 } })
        : takeAppend(facts, from, body, following),
    ),
    'consensus.fetch': on<Wanted>((facts, where) => page(facts, where, store)),
    'consensus.fetched': on<Answer>((facts, answer) => takePage(facts, answer, following)),
    'consensus.forwarded': on<Answer>(takeForwarded),
    'consensus.forwardedRead': on<Answer>(takeForwardedRead),
    'consensus.flushed': on<Answer>((facts, answer, moment) =>
      chain(flushed(facts, answer, moment), (now) => takeForked(now, answer, following)),
    ),
    'consensus.joined': on<Answer>((facts, answer, moment) => takeJoined(facts, answer, options, moment)),
    'consensus.settled': on<Answer>(takeSettled),
    'consensus.proved': on<Proved>((facts, proved, moment) =>
      drive(takeProved(facts, proved), [{ type: 'flushed', ticket: proved.ticket }], leading, moment),
    ),
    'consensus.pushAgain': on((facts, _body, moment) => pushAgain(facts, self, moment)),
    // Of this node's own services only: peers may send what the list of messages names.
    'consensus.draft': on((facts) => draft(facts, self)),
    'consensus.promote': on<PromoteBody>((facts, body, moment) => promote(facts, body, leading, moment)),
    'consensus.keepConflicts': on((facts, _body, moment) => keepConflicts(facts, leading, moment)),
    'consensus.keptConflict': on<Answer>(takeKeptConflict),
    'consensus.tryAgain': on((facts) => ({ facts, signals: [{ type: 'consensus.again' }] })),
    'tree.edges': on<NodeEvents['tree.edges']>((facts, { tree, children }) => ({
      facts: { ...facts, edges: { ...facts.edges, [tree]: children } },
    })),
    'pulse.outdated': on<NodeEvents['pulse.outdated']>((facts, { peer }) =>
      facts.organism === null ? { facts } : fetch(facts, peer),
    ),
    'pulse.changed': on<NodeEvents['pulse.changed']>((facts, { node, state }) => {
      const { [node]: _, ...down } = facts.down;
      return answerWaiting({ ...facts, down: state === 'live' ? down : { ...down, [node]: state } });
    }),
    'pulse.condemned': on<NodeEvents['pulse.condemned']>((facts, { nodes }, moment) =>
      isLeading(facts) ? condemn(facts, nodes, leading, moment) : { facts },
    ),
    'pulse.sovereignty': on<NodeEvents['pulse.sovereignty']>((facts, { sovereign }) =>
      sovereign ? { facts: { ...facts, sovereign } } : refuseHeld({ ...facts, sovereign }),
    ),
    // Whoever goes to sleep hands the lead over before: the others needn't find out by themselves.
    'node.pausing': on((facts, _body, moment) => drive(facts, [{ type: 'transfer', to: null }], leading, moment)),
    'node.leaving': on((facts) => ({ facts: { ...facts, attempts: 0 }, signals: [{ type: 'consensus.leave' }] })),
  };

  const actions: { [name: string]: Action<ConsensusFacts> } = {
    foundOrganism: act((facts, _signal, moment) => {
      if (options.founding === null) throw new Error('founding needs a founding entry');
      return found(facts, options.founding, leading, moment);
    }),
    askToJoin: (facts) => askToJoin(facts, options),
    askToReturn: act((facts, _signal, moment) => {
      const step = askToReturn(facts, options, moment);
      return isLeading(facts) ? chain(step, (now) => settleOwn(now, returning(options), leading, moment)) : step;
    }),
    askToLeave: act((facts, _signal, moment) => {
      const step = askToLeave(facts, options, moment);
      return isLeading(facts) ? chain(step, (now) => settleOwn(now, leaving(options), leading, moment)) : step;
    }),
    tellAdmitted: (facts) => ({
      facts: { ...facts, attempts: 0, departed: false },
      writes: facts.departed ? [departure(false)] : [],
      effects: [
        { effect: 'untimer', name: 'consensus.tryAgain' },
        { effect: 'emit', kind: 'consensus.admitted', body: {} },
      ],
    }),
    tellRefused: (facts, signal) =>
      only(
        facts,
        { effect: 'untimer', name: 'consensus.tryAgain' },
        { effect: 'emit', kind: 'consensus.refused', body: { code: signal.code, detail: signal.detail } },
      ),
    tellDeparted: (facts) => ({
      facts: { ...facts, departed: true },
      writes: [departure(true)],
      effects: [
        { effect: 'untimer', name: 'consensus.tryAgain' },
        { effect: 'emit', kind: 'consensus.departed', body: {} },
      ],
    }),
  };

  return {
    id: 'consensus',
    machine: consensusMachine,
    begin: (disk, moment) => begin(restored(disk, options.organism), options, moment),
    messages: consensusMessages,
    answers: consensusAnswers,
    receive,
    actions,
    effects: { prove, swear, report },
  };
}

/** A voter whose leader is known, or a node that goes by the newest view. */
function isFollowing(facts: ConsensusFacts): boolean {
  const leader = leaderOf(facts);
  return leader !== null && leader !== facts.raft?.self && isLive(facts, leader);
}
