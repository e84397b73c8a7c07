import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Services } from './gate.ts';

/** What an operator asks of the messages that nobody will deliver by themselves. */
export function letters(services: Services): FastifyPluginAsync {
  return async (scope) => {
    scope.get('/letters', { exposeHeadRoute: false }, (request) => {
      const { after, limit } = request.query as { readonly after?: string; readonly limit?: string };
      return Promise.resolve(
        services().letters.list({
          ...(after === undefined ? {} : { after: whole('after', after, 0, Number.MAX_SAFE_INTEGER) }),
          ...(limit === undefined ? {} : { limit: whole('limit', limit, 1, LIMITS.lettersPageMax) }),
        }),
      );
    });
    scope.get('/letters/:number', { exposeHeadRoute: false }, async (request) =>
      services().letters.read(numberIn(request)),
    );
    scope.post('/letters/:number/replay', async (request) => {
      const letter = numberIn(request);
      return { letter, message: await services().letters.replay(letter) };
    });
    scope.delete('/letters/:number', async (request) => {
      const letter = numberIn(request);
      await services().letters.drop(letter);
      return { letter };
    });
  };
}

function numberIn(request: FastifyRequest): number {
  const { number } = request.params as { readonly number: string };
  return whole('the number of a letter', number, 1, Number.MAX_SAFE_INTEGER);
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Fault('malformed', `${name} is a whole number from ${min} to ${max}`);
  return value;
}
