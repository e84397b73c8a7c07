import type { FastifyPluginAsync } from 'fastify';
import { Fault } from '../contract/errors.ts';
import type { NodeServices } from '../contract/services.ts';
import { sendProblem } from './problem.ts';

/** For supervisors: `live` = the process answers; `ready` = every cell of the node is placed and takes work. */
export function health(services: () => NodeServices | undefined): FastifyPluginAsync {
  return async (scope) => {
    scope.get('/health/live', { exposeHeadRoute: false }, async () => ({ status: 'live' }));
    scope.get('/health/ready', { exposeHeadRoute: false }, async (_request, reply) => {
      const node = services();
      if (node?.ready() === true) return { status: 'ready', node: node.id };
      return sendProblem(reply, new Fault('starting', undefined, { retryAfterMs: 1_000 }));
    });
  };
}
