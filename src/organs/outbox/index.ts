import type { NodeEvents } from '../../contract/events.ts';
import type { Input, Moment, Organ } from '../../contract/organ.ts';
import type { JsonObject } from '../../contract/words.ts';
import { type Carrier, outboxEffects } from './actors.ts';
import { type OutboxFacts, type OutboxOptions, type OutboxStep, restored } from './facts.ts';
import type { Intake } from './intake.ts';
import { SKIP_KIND } from './lane.ts';
import { outboxMachine } from './machine.ts';
import { skipSchema } from './marks.ts';
import { takeView } from './redirect.ts';
import type { Row } from './rows.ts';
import { beginWith, settle, takeAlarm, takeAway, takeLanded, takeQueued } from './rules.ts';
import { type Delivered, retry } from './sending.ts';

export type { Carrier } from './actors.ts';
export { type OutboxFacts, queueSizes } from './facts.ts';
export { Intake } from './intake.ts';
export { SKIP_KIND } from './lane.ts';
export { listDeadLetters, readDeadLetter } from './letters.ts';
export type { PeerMode } from './machine.ts';
export { type Acceptance, acceptOrdered, type Mark, markFor, numberOf, outcomeFor, readMark } from './marks.ts';
export { isPassing } from './refusals.ts';
export { bytesOf, rowNumber } from './rows.ts';

export interface OutboxParts extends OutboxOptions {
  readonly intake: Intake;
  readonly carrier: Carrier;
}

/** What the ordered lane itself is told: no organ takes it, its receiver applies it by its mark alone. */
export const laneMessages: { readonly [kind: string]: JsonObject } = { [SKIP_KIND]: skipSchema };

/**
 * The node's durable queue: what must arrive waits here until its receiver has applied it, in order, over crashes of
 * either side. Messages go to one identity, which is waited for, or to a role, whose new holder gets what the old one
 * has not. What nobody will get (expired, refused, no room for it) is a dead letter. The receiving side's part is in marks.ts.
 *
 * @example
 * const intake = new Intake(store, () => clock.now())
 * stem.start([outboxOrgan({ timing: PRESETS.lan, intake, carrier: courier })])
 */
export function outboxOrgan({ timing, intake, carrier }: OutboxParts): Organ<OutboxFacts> {
  const options = { timing };
  const on =
    <B>(decide: (facts: OutboxFacts, body: B, moment: Moment) => OutboxStep) =>
    (facts: OutboxFacts, input: Input, moment: Moment): OutboxStep =>
      settle(decide(facts, input.body as B, moment), moment);

  return {
    id: 'outbox',
    machine: outboxMachine,
    begin: (store, moment) => settle(beginWith(restored(store), moment), moment),
    messages: {},
    answers: {},
    receive: {
      'outbox.queued': on<readonly Row[]>(takeQueued),
      'outbox.exhume': on<{ readonly number: number }>(takeAway),
      'outbox.delivered': on<Delivered>((facts, delivered, moment) => takeLanded(facts, delivered, options, moment)),
      'outbox.alarm': on((facts, _body, moment) => takeAlarm(facts, moment)),
      'pulse.changed': on<NodeEvents['pulse.changed']>((facts, { node, state }, moment) => ({
        facts: state === 'live' ? retry(facts, node, moment) : facts,
      })),
      'consensus.committed': on<NodeEvents['consensus.committed']>((facts, { view }) => takeView(facts, view)),
      'node.pausing': closing,
      'node.leaving': closing,
      // It is not let go.
      'consensus.refused': (facts) => ({ facts, signals: [{ type: 'outbox.stay' }] }),
    },
    actions: {
      tellDrained: (facts) => ({ facts, effects: [{ effect: 'emit', kind: 'outbox.drained', body: {} }] }),
    },
    effects: outboxEffects(intake, carrier),
  };

  /** From the next step on, an empty queue is news; it may be empty already. */
  function closing(facts: OutboxFacts, _input: Input, moment: Moment): OutboxStep {
    const step = settle({ facts }, { ...moment, mode: 'closing' });
    const signals = moment.mode === 'open' ? [{ type: 'outbox.close' }, ...(step.signals ?? [])] : [];
    return { ...step, signals };
  }
}
