import type { NodeEvents } from '../../contract/events.ts';
import type { Answer, Handler, Input, Moment, Organ } from '../../contract/organ.ts';
import { broadcastEffects } from './actors.ts';
import { takeForwarded } from './carrying.ts';
import { takeCompared, takeDigest } from './comparing.ts';
import { type BroadcastFacts, type BroadcastOptions, type BroadcastStep, begun, stay } from './facts.ts';
import { broadcastMachine } from './machine.ts';
import type { DigestBody, FetchBody, ForwardBody, PublishBody } from './messages.ts';
import { broadcastAnswers, broadcastMessages } from './messages.ts';
import { type OrderBody, type Placed, takeOrderRequest, takePlaced, takePlacedThere } from './placing.ts';
import { publish, readNumbers, route, type Signed, takeSigned } from './publishing.ts';
import { type SeekBody, takeFetch, takeFetched, takeSeek, takeSought } from './repair.ts';
import { settle, takeAlarm, takeOpinion, takeView } from './rules.ts';
import { passOver, takeForward } from './spreading.ts';
import { askWhereToBegin, takeRecall, takeRecalled } from './syncing.ts';

export type { BroadcastFacts, BroadcastOptions } from './facts.ts';
export type { PublishBody, PublishedBody } from './messages.ts';

/**
 * Tells all cells of a tree something, once in each life of a cell: `broadcast.publish` on the one side, the event
 * `broadcast.received` on every node, the origin's own included. Messages are delivered in the order of their origin, or
 * in one order for all that the organism's log gives. A message is signed once, goes to the root and from there down,
 * past cells that are dead; what was missed is fetched from neighbours, and who comes later gets what is retained. The
 * answer is `{ number, confirmed, cells }`: how many of the tree's cells have it, as counted on the way up.
 *
 * @example
 * stem.start([broadcastOrgan({ self, incarnation: 3, sign, verify, hash, place })])
 * await stem.deliver({ kind: 'broadcast.publish', body: { tree, topic: 'news', body: 'hello' } })
 */
export function broadcastOrgan(options: BroadcastOptions): Organ<BroadcastFacts> {
  const on =
    <B>(
      decide: (facts: BroadcastFacts, body: B, moment: Moment, input: Input) => BroadcastStep,
    ): Handler<BroadcastFacts> =>
    (facts, input: Input, moment) =>
      settle(decide(facts, input.body as B, moment, input), options, moment);

  return {
    id: 'broadcast',
    machine: broadcastMachine,
    begin: (store) => stay(begun(readNumbers(store, options.incarnation))),
    messages: broadcastMessages,
    answers: broadcastAnswers,
    receive: {
      'broadcast.publish': on<PublishBody>((facts, body, moment) => publish(facts, body, options, moment)),
      'broadcast.signed': on<Signed>((facts, signed, moment) => takeSigned(facts, signed, options, moment)),
      'broadcast.forward': on<ForwardBody>((facts, body, moment, { from = options.self }) =>
        takeForward(facts, body, from, options, moment),
      ),
      'broadcast.forwarded': on<Answer>((facts, answer, moment) =>
        takeForwarded(
          facts,
          answer,
          (now, to, parcel, why) =>
            parcel.tried === null
              ? passOver(now, to, parcel, why, options, moment)
              : route(now, parcel, parcel.tried, options, moment),
          moment,
        ),
      ),
      'broadcast.order': on<OrderBody>((facts, body, moment) => takeOrderRequest(facts, body, options, moment)),
      'broadcast.placed': on<Placed>(takePlaced),
      'broadcast.placedThere': on<Answer>(takePlacedThere),
      'broadcast.recall': on<{ readonly tree: string }>(takeRecall),
      'broadcast.recalled': on<Answer>((facts, answer, moment) => takeRecalled(facts, answer, options, moment)),
      'broadcast.fetch': on<FetchBody>(takeFetch),
      'broadcast.fetched': on<Answer>((facts, answer, moment) => takeFetched(facts, answer, options, moment)),
      'broadcast.seek': on<SeekBody>(takeSeek),
      'broadcast.sought': on<Answer>((facts, answer, moment) => takeSought(facts, answer, options, moment)),
      'broadcast.digest': on<DigestBody>(takeDigest),
      'broadcast.compared': on<Answer>(takeCompared),
      'broadcast.alarm': on((facts, _body, moment) => takeAlarm(facts, options, moment)),
      'consensus.committed': on<NodeEvents['consensus.committed']>((facts, committed, moment) =>
        takeView(facts, committed, options, moment),
      ),
      'consensus.led': on<NodeEvents['consensus.led']>((facts, { leader }) => stay({ ...facts, leader })),
      'pulse.sovereignty': on<NodeEvents['pulse.sovereignty']>((facts, { sovereign }) => stay({ ...facts, sovereign })),
      'pulse.changed': on<NodeEvents['pulse.changed']>((facts, { node, state }, moment) =>
        takeOpinion(facts, node, state, options, moment),
      ),
    },
    actions: {
      askWhereToBegin: (facts, _signal, moment) => settle(askWhereToBegin(facts, options, moment), options, moment),
    },
    effects: broadcastEffects(options),
  };
}
