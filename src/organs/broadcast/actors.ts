import { isFault } from '../../contract/errors.ts';
import type { EffectScope, Outcome } from '../../contract/organ.ts';
import type { LogFields } from '../../contract/ports.ts';
import type { BroadcastOptions } from './facts.ts';
import type { Told } from './messages.ts';
import type { Placed, PlaceParams } from './placing.ts';
import type { Signed, SignParams } from './publishing.ts';

/** What the organ does with keys, logs and the organism's log; verifying needs no effect, because it always says the same of the same bytes. */
export function broadcastEffects({ sign, place }: BroadcastOptions) {
  return {
    sign: ({ message, expiresAt, ...terms }: SignParams, scope: EffectScope): void => {
      const signed: Signed = { message: sign(message, expiresAt) as Told, ...terms };
      scope.tell({ kind: 'broadcast.signed', body: signed });
    },
    place: async ({ tree, hashes }: PlaceParams, scope: EffectScope): Promise<void> => {
      let outcome: Outcome = { ok: true, body: null };
      try {
        if (hashes.length > 0) await place(tree, hashes);
      } catch (error) {
        outcome = { ok: false, code: isFault(error) ? error.code : 'internal' };
      }
      const placed: Placed = { tree, outcome };
      scope.tell({ kind: 'broadcast.placed', body: placed });
    },
    report: (fields: LogFields, { ports }: EffectScope): void => ports.log.warn('broadcast.missed', fields),
  };
}
