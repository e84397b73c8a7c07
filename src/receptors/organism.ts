import type { FastifyPluginAsync } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { didYouMean } from '../contract/nearest.ts';
import type { InvitationOptions } from '../contract/services.ts';
import type { Services } from './gate.ts';
import { takeJson } from './json-body.ts';

const YEAR_MS = 31_536_000_000;

/** What an operator asks of the organism as a whole, or of this node as its member. */
export function organism(services: Services): FastifyPluginAsync {
  return async (scope) => {
    // JSON or nothing: the raw streams of the files are not for these.
    takeJson(scope, LIMITS.operatorBodyMax);
    scope.get('/organism', { exposeHeadRoute: false }, () => services().status());
    scope.post('/organism/halt', async () => ({ told: await services().halt() }));
    scope.post('/organism/invitations', async (request, reply) => {
      const invitation = await services().invite(invitationOf(request.body ?? {}));
      void reply.code(201);
      return { invitation };
    });
    scope.post('/organism/leave', async () => {
      const node = services();
      await node.leave();
      return { left: node.id };
    });
  };
}

const OPTIONS: { readonly [name: string]: readonly [min: number, max: number] } = {
  uses: [1, LIMITS.invitationUsesMax],
  expiresInMs: [1_000, YEAR_MS],
};

function invitationOf(body: unknown): InvitationOptions {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Fault('malformed', 'the body is a JSON object, such as {"uses":2,"expiresInMs":3600000}');
  }
  for (const [name, value] of Object.entries(body)) {
    const [min, max] = Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? []) : [];
    if (min === undefined || max === undefined) {
      throw new Fault('malformed', `there is no option '${name}'${didYouMean(name, Object.keys(OPTIONS))}`);
    }
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw new Fault('malformed', `${name} is a whole number from ${min} to ${max}`);
    }
  }
  return body;
}
