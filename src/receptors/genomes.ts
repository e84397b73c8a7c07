import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { sha256Hex } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { IDEMPOTENCY_HEADER } from '../contract/passport.ts';
import type { Clock, Log, PeerIdentity } from '../contract/ports.ts';
import type { Receptor, ReceptorSet } from '../contract/receptor.ts';
import type { Json } from '../contract/words.ts';
import { assertAccess, type Caller, rateKeyOf } from './access.ts';
import { signalOf, wholeBody } from './body.ts';
import { type EventStream, EventStreams } from './event-streams.ts';
import { admission, type Services } from './gate.ts';
import { loopbackOnly } from './loopback.ts';
import { openApi } from './openapi.ts';
import { Passports } from './passport.ts';
import { answerErrors } from './problem.ts';
import { Rates } from './rates.ts';

/** What the receptors of genomes need besides the node's services. */
export interface CatalogueReceptors {
  readonly sets: readonly ReceptorSet[];
  readonly clock: Clock;
  /** Who is at the other end of a socket, by the key of its certificate. */
  identityOf(socket: Socket): PeerIdentity | null;
}

/** The receptors that genomes declare, and the document that describes them: the same on every clone. */
export function genomes(services: Services, catalogue: CatalogueReceptors, log: Log | undefined): FastifyPluginAsync {
  return async (scope) => {
    const document = JSON.stringify(openApi(catalogue.sets));
    const passports = new Passports(catalogue.clock);
    const streams = new EventStreams(catalogue.clock);
    scope.setErrorHandler(answerErrors(log));
    scope.addHook('onRequest', admission());
    scope.addHook('preClose', async () => streams.end());
    // Read by hand, as it is signed.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.get('/openapi.json', { exposeHeadRoute: false, onRequest: loopbackOnly }, (_request, reply) =>
      reply.type('application/json').send(document),
    );
    for (const { receptors } of catalogue.sets)
      for (const receptor of receptors) bind(scope, new Desk(receptor, services, catalogue, passports, streams));
  };
}

function bind(scope: FastifyInstance, desk: Desk): void {
  const { method, path } = desk.receptor;
  scope.route({
    method: method.toUpperCase() as 'GET',
    url: path.replaceAll(/[{]([^}]*)[}]/g, ':$1'),
    exposeHeadRoute: false,
    handler: (request, reply) => desk.answer(request, reply),
  });
}

/** One receptor at work: who asks, how often, what exactly; then the cell answers. */
class Desk {
  readonly receptor: Receptor;
  readonly #services: Services;
  readonly #catalogue: CatalogueReceptors;
  readonly #passports: Passports;
  readonly #streams: EventStreams;
  readonly #rate: Rates;
  readonly #ratePerKey: Rates;

  constructor(
    receptor: Receptor,
    services: Services,
    catalogue: CatalogueReceptors,
    passports: Passports,
    streams: EventStreams,
  ) {
    this.receptor = receptor;
    this.#services = services;
    this.#catalogue = catalogue;
    this.#passports = passports;
    this.#streams = streams;
    this.#rate = new Rates(receptor.rate, catalogue.clock);
    this.#ratePerKey = new Rates(receptor.ratePerKey, catalogue.clock);
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { receptor } = this;
    this.#rate.take('');
    const body = await wholeBody(request, receptor.bodyBytes);
    const caller = await this.#callerOf(request, body);
    assertAccess(receptor.access, request, caller);
    this.#ratePerKey.take(rateKeyOf(caller, request));
    const input = receptor.read(textsOf(receptor, request), jsonOf(body, request));
    const catalogue = this.#services().catalogue(receptor.genome);
    const { organ, verb } = receptor;
    if (receptor.carries === 'events') {
      // Who can't watch is told so: once the stream is open, there is no other answer any more.
      let stream: EventStream | undefined;
      const end = catalogue.watch(organ, String(input.prefix ?? ''), (event) => stream?.send(event));
      stream = this.#streams.open(reply);
      stream.until(end);
      return reply;
    }
    const key = caller.key ?? '';
    const once = onceOf(request, receptor, key);
    return catalogue.ask({ organ, verb, body: input, caller: key, once }, { signal: signalOf(reply) });
  }

  async #callerOf(request: FastifyRequest, body: Uint8Array): Promise<Caller> {
    const peer = this.#catalogue.identityOf(request.raw.socket);
    const isMember = peer !== null && this.#services().knows(peer.node);
    return { key: (await this.#passports.caller(request, body)) ?? peer?.node, isMember };
  }
}

/** What the path and the query say. A body is JSON, and then a query says nothing. */
function textsOf({ method, parameters }: Receptor, { params, query }: FastifyRequest): Record<string, string> {
  const given = Object.entries(query as Record<string, unknown>);
  const [first] = given;
  if (first !== undefined && (method === 'post' || method === 'put'))
    throw new Fault('malformed', `'${first[0]}' stands in the query; fields of a ${method} go into its body`);
  const twice = given.find(([name, text]) => typeof text !== 'string' || parameters.includes(name));
  if (twice !== undefined) throw new Fault('malformed', `${twice[0]} may be given once`);
  return { ...(Object.fromEntries(given) as Record<string, string>), ...(params as Record<string, string>) };
}

function jsonOf(body: Uint8Array, { headers }: FastifyRequest): Json | undefined {
  if (body.length === 0) return undefined;
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new Fault('malformed', 'the body must be of type application/json');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Json;
  } catch (cause) {
    throw new Fault('malformed', 'the body is not JSON in UTF-8', { cause });
  }
}

/** The name of a request: its key counts for its caller and receptor alone. */
function onceOf({ headers }: FastifyRequest, { genome, name }: Receptor, caller: string): string | null {
  const key = headers[IDEMPOTENCY_HEADER];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key === '' || key.length > LIMITS.idempotencyKeyMax)
    throw new Fault('malformed', `${IDEMPOTENCY_HEADER} has 1-${LIMITS.idempotencyKeyMax} characters`);
  return sha256Hex(`${genome}.${name}\n${caller}\n${key}`);
}
