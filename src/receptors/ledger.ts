import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LEDGER_LISTS, type LedgerList } from '../contract/ledger.ts';
import { LIMITS } from '../contract/limits.ts';
import { didYouMean } from '../contract/nearest.ts';
import type { Json } from '../contract/words.ts';
import { signalOf } from './body.ts';
import type { Services } from './gate.ts';
import { takeJson } from './json-body.ts';

const ROUTE = '/borgShell';

/**
 * The ledger, identical on every node. What a node relays it can't forge: orders are signed by their owners, and what was
 * settled is shown by the signatures of validators, which whoever asked can check.
 */
export function ledger(services: Services): FastifyPluginAsync {
  return async (scope) => {
    takeJson(scope, LIMITS.ledgerBodyMax);
    const shellOf = (request: FastifyRequest): string => (request.params as { readonly shell: string }).shell;
    scope.get(`${ROUTE}/committee`, unexposed, () => services().ledger.office());
    scope.post(`${ROUTE}/committee/changes`, (request, reply) =>
      services().ledger.change(dropOf(request.body), { signal: signalOf(reply) }),
    );
    scope.post(`${ROUTE}/orders`, (request, reply) =>
      services().ledger.submit(jsonOf(request), { signal: signalOf(reply) }),
    );
    scope.post(`${ROUTE}/unlocks`, (request, reply) =>
      services().ledger.unlock(jsonOf(request), { signal: signalOf(reply) }),
    );
    scope.get(`${ROUTE}/shells/:shell`, unexposed, (request, reply: FastifyReply) =>
      services().ledger.read(shellOf(request), { signal: signalOf(reply) }),
    );
    scope.get(`${ROUTE}/shells/:shell/history`, unexposed, (request) =>
      services().ledger.history(shellOf(request), sequenceOf(parametersOf(request.query, ['after']).after)),
    );
    scope.get<{ Params: { value: string } }>(`${ROUTE}/proofs/:value`, unexposed, ({ params }) =>
      services().ledger.proof(params.value),
    );
    for (const what of LEDGER_LISTS) {
      scope.get(`${ROUTE}/${what}`, unexposed, (request) => list(services, what, request.query));
    }
  };
}

const unexposed = { exposeHeadRoute: false } as const;

function list(services: Services, what: LedgerList, query: unknown): Promise<object> {
  const { after, limit } = parametersOf(query, ['after', 'limit']);
  return services().ledger.list(what, {
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit: limitOf(limit) }),
  });
}

function jsonOf({ body }: FastifyRequest): Json {
  if (typeof body !== 'object' || body === null) throw new Fault('malformed', 'the body is a JSON object');
  return body as Json;
}

function dropOf(body: unknown): readonly number[] {
  const { drop } = (body ?? {}) as { readonly drop?: unknown };
  const isList =
    Array.isArray(drop) && drop.length > 0 && drop.every((seat) => Number.isSafeInteger(seat) && seat >= 0);
  if (!isList || drop.length > LIMITS.ledgerSeatsMax) {
    throw new Fault('malformed', 'the body names seats, such as {"drop":[2]}');
  }
  return drop as number[];
}

/** A parameter that nobody knows is refused: it would answer another question than was asked. */
function parametersOf(query: unknown, names: readonly string[]): { readonly [name: string]: string | undefined } {
  const given = Object.entries(query as { readonly [name: string]: unknown });
  for (const [name, value] of given) {
    if (!names.includes(name))
      throw new Fault('malformed', `there is no parameter '${name}'${didYouMean(name, names)}`);
    if (typeof value !== 'string') throw new Fault('malformed', `${name} may be given once`);
  }
  return Object.fromEntries(given) as { readonly [name: string]: string };
}

function limitOf(text: string): number {
  const limit = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit <= LIMITS.ledgerPageMax)) {
    throw new Fault('malformed', `limit is a number from 1 to ${LIMITS.ledgerPageMax}`);
  }
  return limit;
}

function sequenceOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,15}$/.test(text)) throw new Fault('malformed', 'after is the number of a slot');
  return Number(text);
}
