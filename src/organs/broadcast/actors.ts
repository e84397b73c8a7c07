import type { EffectScope } from '../../contract/organ.ts';
import type { LogFields } from '../../contract/ports.ts';
import type { BroadcastOptions } from './facts.ts';
import type { Told } from './messages.ts';
import type { Signed, SignParams } from './publishing.ts';

/** What the organ does with keys and logs; verifying needs no effect, because it always says the same of the same bytes. */
export function broadcastEffects({ sign }: BroadcastOptions) {
  return {
    sign: ({ message, expiresAt, token, confirm }: SignParams, scope: EffectScope): void => {
      const signed: Signed = { message: sign(message, expiresAt) as Told, token, confirm };
      scope.tell({ kind: 'broadcast.signed', body: signed });
    },
    report: (fields: LogFields, { ports }: EffectScope): void => ports.log.warn('broadcast.missed', fields),
  };
}
