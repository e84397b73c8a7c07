import type { FastifyPluginAsync } from 'fastify';
import { isId } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { didYouMean } from '../contract/nearest.ts';
import type { InvitationOptions } from '../contract/services.ts';
import type { Services } from './gate.ts';
import { takeJson } from './json-body.ts';
import { promotionOf } from './promotion.ts';

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
    scope.get('/organism/conflicts', { exposeHeadRoute: false }, async () => ({ conflicts: services().conflicts() }));
    scope.get('/organism/promotion', { exposeHeadRoute: false }, () => services().draftPromotion());
    scope.post('/organism/promotion', (request) => {
      const { promotion, despiteMajority } = promotionOf(request.body);
      return services().promote(promotion, { despiteMajority });
    });
    scope.post('/organism/revocations', async (request) => {
      const { node, warrant } = revocationOf(request.body);
      await services().revoke(node, warrant);
      return { revoked: node };
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

/** Signatures are as long as this at most. */
const WARRANT_MAX = 256;

function revocationOf(body: unknown): { readonly node: string; readonly warrant: string } {
  const { node, warrant } = (body ?? {}) as { readonly node?: unknown; readonly warrant?: unknown };
  const isSigned = typeof warrant === 'string' && warrant.length <= WARRANT_MAX;
  if (typeof node !== 'string' || !isId(node) || !isSigned)
    throw new Fault('malformed', 'the body is {"node": ID, "warrant": SIGNATURE}');
  return { node, warrant };
}
