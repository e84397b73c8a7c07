import type { Founding } from '../../contract/entries.ts';
import type { NodeEvents } from '../../contract/events.ts';
import type { Action, Answer, Handler, Input, Moment, Organ, Signal } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Json, OrganismId, Proof } from '../../contract/words.ts';
import { prove as signProof } from './actors.ts';
import { type AdmissionOptions, askToJoin, askToLeave, askToReturn, takeJoined, takeSettled } from './admission.ts';
import { type Authority, founderAuthority } from './authority.ts';
import { fetch, page, takePage } from './catching-up.ts';
import {
  type AppendBody,
  type ConsensusFacts,
  type ConsensusStep,
  departure,
  leaderOf,
  only,
  type ProposeBody,
  type ReadableStore,
  restored,
} from './facts.ts';
import { takeAppend } from './following.ts';
import { takeForked } from './forking.ts';
import { forward, isForwardable, takeForwarded } from './forwarding.ts';
import { admitGathered, takeJoin } from './joining.ts';
import { append, condemn, lead, proved } from './leading.ts';
import { consensusMachine } from './machine.ts';
import { consensusAnswers, consensusMessages } from './messages.ts';
import { flushed, pushAgain } from './pushing.ts';
import type { Verify } from './records.ts';
import { answerWaiting } from './waiting.ts';

export type { JoinIntent } from './admission.ts';
export { registerKey } from './apply.ts';
export type { ConsensusFacts, SelfDescription } from './facts.ts';
export { charterClaim, invitationClaim, isCharter, type Verify } from './records.ts';

export interface ConsensusOptions extends AdmissionOptions {
  /** The organism it belongs to or was invited to; null for a founder. */
  readonly organism: OrganismId | null;
  /** The signed first entry, for a node that founds an organism. */
  readonly founding: Founding | null;
  readonly store: ReadableStore;
  readonly verify: Verify;
  /** @default founderAuthority */
  readonly authority?: Authority;
}

type Receive = Organ<ConsensusFacts>['receive'];

/** Types a handler's body; the membrane has checked that bodies of peers are JSON, the handler checks their shape. */
function on<B>(
  decide: (facts: ConsensusFacts, body: B, moment: Moment, input: Input) => ConsensusStep,
): Handler<ConsensusFacts> {
  return (facts, input: Input, moment) => decide(facts, input.body as B, moment, input);
}

/**
 * The organism's log at one node: who is a member, who sits where, and the registers.
 *
 * @example stem.start([consensusOrgan({ self, organism: null, founding, join: null, timing, store, verify })])
 */
export function consensusOrgan(options: ConsensusOptions): Organ<ConsensusFacts> {
  const { store, verify, authority = founderAuthority } = options;
  const self = options.self.node;
  const leading = { self, store, verify, authority };
  const following = { self, incarnation: options.self.incarnation, store, verify };
  const leads = ({ view, forked }: ConsensusFacts): boolean =>
    view !== null && !forked && authority.mayAppend(view, self);

  const receive: Receive = {
    'consensus.propose': on<ProposeBody>((facts, body, moment, { from }) => {
      if (leads(facts)) return lead(facts, body.command, from, leading, moment);
      if (from !== undefined && !isForwardable(body.command))
        return only(facts, { effect: 'refuse', code: 'no-authority', detail: 'ask the leader itself' });
      return forward(facts, 'consensus.propose', body as unknown as Json);
    }),
    'consensus.join': on<JoinRequest>((facts, body, moment, { from }) => {
      if (leads(facts)) return takeJoin(facts, body, from, leading, moment);
      return forward(facts, 'consensus.join', body as unknown as Json);
    }),
    'consensus.read': on((facts) =>
      leads(facts)
        ? only(facts, { effect: 'reply', body: { version: facts.view?.version ?? 0 } })
        : forward(facts, 'consensus.read', null),
    ),
    'consensus.append': on<AppendBody>((facts, body, _moment, { from }) => {
      if (from === undefined || leads(facts))
        return only(facts, { effect: 'reply', body: { version: facts.view?.version ?? 0 } });
      return takeAppend(facts, from, body, following);
    }),
    'consensus.fetch': on<{ after: number }>((facts, { after }) => page(facts, after, store)),
    'consensus.fetched': on<Answer>((facts, answer) => takePage(facts, answer, following)),
    'consensus.forwarded': on<Answer>(takeForwarded),
    'consensus.flushed': on<Answer>((facts, answer, moment) =>
      chain(flushed(facts, answer, moment), (now) => takeForked(now, answer, following)),
    ),
    'consensus.joined': on<Answer>((facts, answer, moment) => takeJoined(facts, answer, options, moment)),
    'consensus.settled': on<Answer>(takeSettled),
    'consensus.proved': on<Proof>((facts, proof, moment) =>
      chain(proved(facts, proof, leading, moment), (now) => admitGathered(now, leading, moment)),
    ),
    'consensus.pushAgain': on((facts, _body, moment) => pushAgain(facts, self, moment)),
    'consensus.tryAgain': on((facts) => ({ facts, signals: [{ type: 'consensus.again' }] })),
    'tree.edges': on<NodeEvents['tree.edges']>((facts, { tree, children }) => ({
      facts: { ...facts, edges: { ...facts.edges, [tree]: children } },
    })),
    'pulse.outdated': on<NodeEvents['pulse.outdated']>((facts, { peer }) =>
      leads(facts) || facts.organism === null ? { facts } : fetch(facts, peer),
    ),
    'pulse.changed': on<NodeEvents['pulse.changed']>((facts, { node, state }) => {
      const { [node]: _, ...down } = facts.down;
      return answerWaiting({ ...facts, down: state === 'live' ? down : { ...down, [node]: state } });
    }),
    'pulse.condemned': on<NodeEvents['pulse.condemned']>((facts, { nodes }, moment) =>
      leads(facts) ? condemn(facts, nodes, leading, moment) : { facts },
    ),
    'node.leaving': on((facts) => ({ facts: { ...facts, attempts: 0 }, signals: [{ type: 'consensus.leave' }] })),
  };

  const actions: { [name: string]: Action<ConsensusFacts> } = {
    foundOrganism: (facts, _signal, moment) => {
      if (options.founding === null) throw new Error('founding needs a founding entry');
      return chain(append(facts, options.founding, moment), tellLeader);
    },
    reopenLog: (facts, _signal, moment) =>
      chain(tellLeader(facts), (now) => {
        const { genomes: _genomes, weight: _weight, ...member } = options.self;
        return append(now, { type: 'RETURN', member: { ...member, revoked: false } }, moment);
      }),
    askToJoin: (facts) => askToJoin(facts, options),
    askToReturn: (facts, _signal, moment) => askToReturn(facts, options, moment),
    askToLeave: (facts, _signal, moment) => askToLeave(facts, options, moment),
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
    begin: (disk) => begin(restored(disk, options.organism), options, authority),
    messages: consensusMessages,
    answers: consensusAnswers,
    receive,
    actions,
    effects: { prove: signProof },
  };
}

/** What a node does first depends only on what its disk and its options say. */
function begin(facts: ConsensusFacts, options: ConsensusOptions, authority: Authority): ConsensusStep {
  const { view, proof } = facts;
  if (view === null && options.founding !== null) return { facts, signals: [{ type: 'consensus.found' }] };
  if (view === null || facts.departed) return { facts, signals: entrance(facts, options) };
  if (authority.mayAppend(view, options.self.node)) return { facts, signals: [{ type: 'consensus.lead' }] };
  const known =
    proof === null
      ? []
      : [{ effect: 'emit', kind: 'consensus.committed', body: { view, previous: view, records: [], proof } } as const];
  return chain(
    tellLeader(facts),
    (now) => only(now, ...known),
    (now) => ({ facts: now, signals: [{ type: 'consensus.resume' }] }),
  );
}

function entrance({ departed }: ConsensusFacts, { join }: ConsensusOptions): Signal[] {
  if (join !== null) return [{ type: 'consensus.join' }];
  if (!departed) return [];
  return [{ type: 'consensus.refuse', code: 'refused', detail: 'this node has left; it needs an invitation' }];
}

function tellLeader(facts: ConsensusFacts): ConsensusStep {
  const view = facts.appended;
  return only(facts, {
    effect: 'emit',
    kind: 'consensus.led',
    body: { leader: leaderOf(view), epoch: view?.epoch ?? 0 },
  });
}
