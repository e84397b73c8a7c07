import type { NodeEvents } from '../../contract/events.ts';
import type { Answer, Handler, Input, Moment, Organ } from '../../contract/organ.ts';
import { broadcastEffects } from './actors.ts';
import { type BroadcastFacts, type BroadcastOptions, type BroadcastStep, begun, stay } from './facts.ts';
import { broadcastMachine } from './machine.ts';
import {
  broadcastAnswers,
  broadcastMessages,
  type DigestBody,
  type FetchBody,
  type ForwardBody,
  type PublishBody,
} from './messages.ts';
import { publish, readNumbers, type Signed, takeRouted, takeSigned } from './publishing.ts';
import { askWhereToBegin, takeCompared, takeDigest, takeFetch, takeFetched, takeSynced } from './repair.ts';
import { arm, takeAlarm, takeOpinion, takeView } from './rules.ts';
import { takeForward, takeForwarded } from './spreading.ts';

export type { BroadcastFacts, BroadcastOptions } from './facts.ts';
export type { PublishBody } from './messages.ts';

/**
 * Tells all cells of a tree something, in the order of each origin and once in each life of a cell: `broadcast.publish`
 * on the one side, the event `broadcast.received` on every node, the origin's own included. A message is signed once,
 * goes to the root and from there down, past cells that are dead; what was missed is fetched from neighbours. The answer
 * is `{ number, confirmed }`: the cells that have it, as counted on the way up.
 *
 * @example
 * stem.start([broadcastOrgan({ self, incarnation: 3, sign, verify })])
 * await stem.deliver({ kind: 'broadcast.publish', body: { tree, topic: 'organism.halt', body: null } })
 */
export function broadcastOrgan(options: BroadcastOptions): Organ<BroadcastFacts> {
  const on =
    <B>(decide: (facts: BroadcastFacts, body: B, moment: Moment) => BroadcastStep): Handler<BroadcastFacts> =>
    (facts, input: Input, moment) =>
      arm(decide(facts, input.body as B, moment), moment);

  return {
    id: 'broadcast',
    machine: broadcastMachine,
    begin: (store) => stay(begun(readNumbers(store, options.incarnation))),
    messages: broadcastMessages,
    answers: broadcastAnswers,
    receive: {
      'broadcast.publish': on<PublishBody>((facts, body, moment) => publish(facts, body, options, moment)),
      'broadcast.signed': on<Signed>((facts, signed, moment) => takeSigned(facts, signed, options, moment)),
      'broadcast.routed': on<Answer>((facts, answer, moment) => takeRouted(facts, answer, options, moment)),
      'broadcast.forward': on<ForwardBody>((facts, body, moment) => takeForward(facts, body, options, moment)),
      'broadcast.forwarded': on<Answer>(takeForwarded),
      'broadcast.digest': on<DigestBody>(takeDigest),
      'broadcast.compared': on<Answer>(takeCompared),
      'broadcast.synced': on<Answer>((facts, answer, moment) => takeSynced(facts, answer, options, moment)),
      'broadcast.fetch': on<FetchBody>(takeFetch),
      'broadcast.fetched': on<Answer>((facts, answer, moment) => takeFetched(facts, answer, options, moment)),
      'broadcast.alarm': on((facts, _body, moment) => takeAlarm(facts, options, moment)),
      'consensus.committed': on<NodeEvents['consensus.committed']>((facts, { view }) => takeView(facts, view, options)),
      'pulse.changed': (facts, { body }: Input<NodeEvents['pulse.changed']>) =>
        stay(takeOpinion(facts, body.node, body.state)),
    },
    actions: {
      askWhereToBegin: (facts, _signal, moment) => arm(askWhereToBegin(facts, options, moment), moment),
    },
    effects: broadcastEffects(options),
  };
}
