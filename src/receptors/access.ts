import type { FastifyRequest } from 'fastify';
import { Fault } from '../contract/errors.ts';
import type { Access } from '../contract/receptor.ts';
import { assertLoopback, isLoopbackAddress } from './loopback.ts';

/** Who is at the other end, as far as they have shown it. */
export interface Caller {
  /** The key id of a passport, or of the key of a client certificate; undefined where there is neither. */
  readonly key: string | undefined;
  /** Whether the certificate's key is a member's. */
  readonly isMember: boolean;
}

/**
 * Whether a receptor answers this caller.
 *
 * @throws Fault `forbidden`, or `no-passport` where nobody has signed
 */
export function assertAccess(access: Access, request: FastifyRequest, caller: Caller): void {
  if (access === 'loopback') assertLoopback(request);
  else if (access === 'public') return;
  else if (access === 'peers') {
    if (!caller.isMember) throw new Fault('forbidden', 'this receptor answers members of the organism only');
  } else if (caller.key === undefined) {
    throw new Fault('no-passport', 'this receptor answers only those who sign their requests');
  } else if (access !== 'passport' && !access.includes(caller.key)) {
    throw new Fault('forbidden', 'this receptor answers a list of passports, and yours is not on it');
  }
}

/** What requests of a caller are counted under: its passport, or else its address, all of this machine's as one. */
export function rateKeyOf({ key }: Caller, request: FastifyRequest): string {
  const { remoteAddress } = request.raw.socket;
  return key ?? (isLoopbackAddress(remoteAddress) ? 'loopback' : String(remoteAddress));
}
