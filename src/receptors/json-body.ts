import type { FastifyInstance } from 'fastify';
import { Fault } from '../contract/errors.ts';

/** JSON or nothing, up to a size: the raw streams of the files are not for what is registered here. */
export function takeJson(scope: FastifyInstance, bytesMax: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: bytesMax },
    async (_request: unknown, text: string) => parse(text),
  );
}

function parse(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('malformed', 'the body is not JSON', { cause: error });
  }
}
