import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { Search } from '../contract/memory.ts';
import { didYouMean } from '../contract/nearest.ts';
import { signalOf } from './body.ts';
import type { Services } from './gate.ts';

const SEARCH = '/peerMemory/search';
const FILES = '/peerMemory/files/:name';

interface Named {
  Params: { name: string };
}

/** The memory of the organism, identical on every node: files are found by describing them. */
export function memory(services: Services): FastifyPluginAsync {
  const find = (search: Search, reply: FastifyReply): Promise<object> =>
    services().memory.search(search, { signal: signalOf(reply) });
  return async (scope) => {
    // JSON or nothing: the raw streams of the files are not for these.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: LIMITS.operatorBodyMax },
      async (_request: unknown, text: string) => jsonIn(text),
    );
    scope.get(SEARCH, { exposeHeadRoute: false }, (request, reply) => find(searchOf(request.query), reply));
    scope.post(SEARCH, (request, reply) => find(searchOf(request.body), reply));
    scope.get<Named>(FILES, { exposeHeadRoute: false }, ({ params }, reply) =>
      services().memory.stat(params.name, { signal: signalOf(reply) }),
    );
    scope.put<Named>(FILES, ({ params, body }, reply) =>
      services().memory.remember(params.name, { ...noteOf(body), signal: signalOf(reply) }),
    );
    scope.delete<Named>(FILES, ({ params }, reply) =>
      services().memory.forget(params.name, { signal: signalOf(reply) }),
    );
  };
}

/** How each parameter is read; a path has only texts, JSON has numbers and lists as well. */
const PARAMETERS: { readonly [name: string]: (name: string, value: unknown) => Partial<Search> } = {
  q: (name, value) => ({ q: textOf(name, value) }),
  limit: (name, value) => ({ limit: wholeOf(name, value, 1, LIMITS.searchPageMax) }),
  offset: (name, value) => ({ offset: wholeOf(name, value, 0, LIMITS.searchOffsetMax) }),
  type: (name, value) => ({ types: listOf(name, value) }),
  owner: (name, value) => ({ owners: listOf(name, value) }),
  after: (name, value) => ({ after: timeOf(name, value) }),
  before: (name, value) => ({ before: timeOf(name, value) }),
  explain: (name, value) => ({ explain: flagOf(name, value) }),
};

/** What isn't known is refused: a misspelt parameter would answer another question than was asked. */
function searchOf(given: unknown): Search {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Fault('malformed', 'a search is a JSON object, such as {"q":"the contract about the boat"}');
  }
  let search: Partial<Search> = {};
  for (const [name, value] of Object.entries(given)) {
    const read = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (read === undefined) {
      throw new Fault('malformed', `there is no parameter '${name}'${didYouMean(name, Object.keys(PARAMETERS))}`);
    }
    search = { ...search, ...read(name, value) };
  }
  if (search.q === undefined) throw new Fault('malformed', 'q says what is looked for');
  return { ...search, q: search.q };
}

/** A parameter given twice arrives as an array. */
function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new Fault('malformed', `${name} is a text, given once`);
  return value;
}

function listOf(name: string, value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length > LIMITS.searchScopesMax)
    throw new Fault('malformed', `${name} may be given ${LIMITS.searchScopesMax} times`);
  return list.map((one) => textOf(name, one));
}

function wholeOf(name: string, value: unknown, min: number, max: number): number {
  const number = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(number) || (number as number) < min || (number as number) > max) {
    throw new Fault('malformed', `${name} is a whole number from ${min} to ${max}`);
  }
  return number as number;
}

function timeOf(name: string, value: unknown): number {
  const time = Date.parse(textOf(name, value));
  if (Number.isNaN(time)) throw new Fault('malformed', `${name} is a date, such as 2026-05-31 or 2026-05-31T12:00:00Z`);
  return time;
}

function flagOf(name: string, value: unknown): boolean {
  if (value === true || value === 'true' || value === '') return true;
  if (value === false || value === 'false') return false;
  throw new Fault('malformed', `${name} is true or false`);
}

function noteOf(body: unknown): { note?: string } {
  if (body === undefined || body === null) return {};
  const { note, ...unknown } = body as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    throw new Fault('malformed', `there is no field '${stranger}'${didYouMean(stranger, ['note'])}`);
  return note === undefined ? {} : { note: textOf('note', note) };
}

function jsonIn(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('malformed', 'the body is not JSON', { cause: error });
  }
}
