import { LIMITS } from '../../contract/limits.ts';
import type { EffectScope } from '../../contract/organ.ts';
import type { Message } from '../../contract/wire.ts';
import type { BroadcastOptions } from './spread.ts';

/** Signs a message as this node's own, with the time until which others pass it on. */
export function signWith({ sign }: BroadcastOptions) {
  return ({ token, message }: { token: string; message: Message }, { ports, tell }: EffectScope): void => {
    const expiresAt = ports.clock.now() + LIMITS.broadcastExpiryMs;
    tell({ kind: 'broadcast.signed', body: { token, message: sign(message, expiresAt) } });
  };
}
