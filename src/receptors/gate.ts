import type { onRequestAsyncHookHandler } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { NodeServices } from '../contract/services.ts';

/** The node's services; throws `starting` while it has none. */
export type Services = () => NodeServices;

export function whenStarted(services: () => NodeServices | undefined): Services {
  return () => {
    const started = services();
    if (started === undefined) throw new Fault('starting', undefined, { retryAfterMs: 1_000 });
    return started;
  };
}

/** Lets at most `requestsMax` requests in at a time and answers `busy` to the next, so that a flood can't queue up. */
export function admission(requestsMax: number = LIMITS.requestsInFlightMax): onRequestAsyncHookHandler {
  let inFlight = 0;
  return async (_request, reply) => {
    if (inFlight >= requestsMax) {
      throw new Fault('busy', `this node already works on ${requestsMax} requests`, { retryAfterMs: 1_000 });
    }
    inFlight += 1;
    // Not onResponse, which doesn't run for a client that goes away.
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
  };
}
