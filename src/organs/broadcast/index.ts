import type { NodeEvents } from '../../contract/events.ts';
import type { Answer, Handler, Input, Moment, Organ } from '../../contract/organ.ts';
import type { Message } from '../../contract/wire.ts';
import { signWith } from './actors.ts';
import { type BroadcastFacts, type BroadcastStep, INITIAL_FACTS } from './facts.ts';
import { broadcastMachine } from './machine.ts';
import { broadcastAnswers, broadcastMessages } from './messages.ts';
import {
  type BroadcastOptions,
  compare,
  type PublishBody,
  publish,
  takeCarried,
  takeCompared,
  takeCount,
  takeDigest,
  takeSigned,
} from './spread.ts';

export type { BroadcastFacts } from './facts.ts';
export type { BroadcastOptions, PublishBody } from './spread.ts';

function on<B>(
  decide: (facts: BroadcastFacts, body: B, moment: Moment, input: Input) => BroadcastStep,
): Handler<BroadcastFacts> {
  return (facts, input: Input, moment) => decide(facts, input.body as B, moment, input);
}

/**
 * What every cell of a tree hears once, in the order of its origin: up to the lowest live slot, then down the tree,
 * signed once by its author, counted on the way back. Neighbours compare what they have after news, so that who missed
 * something fetches it.
 *
 * @example
 * const outcome = await stem.deliver({ kind: 'broadcast.publish', body: { tree, topic: 'greeting', body: 'hello' } })
 * // { ok: true, body: { confirmed: 5 } }; every node emits 'broadcast.received'
 */
export function broadcastOrgan(options: BroadcastOptions): Organ<BroadcastFacts> {
  return {
    id: 'broadcast',
    machine: broadcastMachine,
    begin: () => ({ facts: INITIAL_FACTS }),
    messages: broadcastMessages,
    answers: broadcastAnswers,
    receive: {
      'broadcast.publish': on<PublishBody>(publish),
      'broadcast.signed': on<{ token: string; message: Message }>((facts, { token, message }, moment) =>
        takeSigned(facts, token, message, options, moment),
      ),
      'broadcast.carry': on<{ message: Message }>((facts, { message }, moment, { from = '' }) =>
        takeCarried(facts, from, message, options, moment),
      ),
      'broadcast.counted': on<Answer>(takeCount),
      'broadcast.compare': on((facts, _body, moment) => compare(facts, options, moment)),
      'broadcast.digest': on<{ streams: { stream: string; next: number }[] }>((facts, { streams }, moment) =>
        takeDigest(facts, streams, moment),
      ),
      'broadcast.compared': on<Answer>((facts, answer, moment) => takeCompared(facts, answer, options, moment)),
      'consensus.committed': on<NodeEvents['consensus.committed']>((facts, { view }, { mode }) => ({
        facts: { ...facts, view },
        signals: mode === 'waiting' ? [{ type: 'broadcast.open' }] : [],
      })),
      'pulse.changed': on<NodeEvents['pulse.changed']>((facts, { node, state }) => {
        const { [node]: _before, ...down } = facts.down;
        return { facts: { ...facts, down: state === 'live' ? down : { ...down, [node]: true } } };
      }),
    },
    actions: {},
    effects: { sign: signWith(options) },
  };
}
