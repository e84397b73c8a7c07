import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { EffectScope } from '../../contract/organ.ts';
import type { LogFields } from '../../contract/ports.ts';
import type { Message, Result } from '../../contract/wire.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Intake } from './intake.ts';
import type { Released } from './letters.ts';
import type { DeliverParams } from './sending.ts';

/** The ordered lane of the membrane, as the outbox needs it. */
export interface Carrier {
  /**
   * Sends messages in one frame, the same bytes again until they are answered. Resolves to the results of those that the
   * frame had room for, a prefix of `messages`; rejects where no answer came within `deadlineMs`.
   */
  deliver(
    to: NodeId,
    messages: readonly Message[],
    options: { readonly deadlineMs: number },
  ): Promise<readonly Result[]>;
}

/** What the outbox does to the world outside it. */
export function outboxEffects(intake: Intake, carrier: Carrier) {
  const collect = (_params: null, scope: EffectScope): void => {
    intake.collect((rows) => scope.tell({ kind: 'outbox.queued', body: rows }));
  };
  return {
    open: (read: readonly number[], scope: EffectScope): void => {
      intake.open(read);
      collect(null, scope);
    },
    collect,
    release: (rows: readonly Released[]): void => intake.release(rows),
    report: (fields: LogFields, { ports }: EffectScope): void => ports.log.warn('outbox.buried', fields),
    deliver: async ({ to, messages }: DeliverParams, scope: EffectScope): Promise<void> => {
      let results: readonly Result[] | null = null;
      try {
        results = await carrier.deliver(to, messages, { deadlineMs: LIMITS.outboxDeadlineMs });
      } catch (error) {
        // Whatever went wrong, the messages are still in the queue and will be sent again.
        const code = isFault(error) ? error.code : 'internal';
        scope.ports.log.debug('outbox.undelivered', { to, messages: messages.length, code, error: String(error) });
      }
      scope.tell({ kind: 'outbox.delivered', body: { to, results } });
    },
  };
}
