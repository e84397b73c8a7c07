import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { receptorSet } from '../../../src/actors/genome/receptor-set.ts';
import { loadGenome, parseGenome } from '../../../src/actors/genome.ts';
import { type Passport, readPassport } from '../../../src/client/index.ts';
import type { CatalogueEvent, CatalogueService, Errand } from '../../../src/contract/catalogue.ts';
import { Fault } from '../../../src/contract/errors.ts';
import type { Json } from '../../../src/contract/words.ts';
import { answerUnknownRoute, receptors, serverOptions } from '../../../src/receptors/index.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { generateKeyPem } from '../../../src/runtime/signer/p256.ts';
import { memoryNode } from '../../twins/memory-node.ts';

const example = (name: string) =>
  loadGenome(new URL(`../../../examples/genomes/${name}.genome.yaml`, import.meta.url).pathname);
const HOST = '127.0.0.1:4400';

let server: FastifyInstance;
let clock: VirtualClock;
let asked: Errand[];
let answer: Json | Fault;
let member: string | null;
let watched: { organ: string; prefix: string; listener(event: CatalogueEvent): void } | undefined;

async function serve(...names: readonly string[]): Promise<void> {
  const sets = (await Promise.all(names.map(example))).map(receptorSet);
  await serveSets(sets);
}

async function serveSets(
  sets: Parameters<typeof receptors>[2] extends infer C ? (C extends { sets: infer S } ? S : never) : never,
) {
  const catalogue: CatalogueService = {
    ask: async (errand) => {
      asked.push({ caller: '', once: null, ...errand });
      if (answer instanceof Fault) throw answer;
      return answer;
    },
    watch: (organ, prefix, listener) => {
      watched = { organ, prefix, listener };
      return () => {
        watched = undefined;
      };
    },
  };
  const node = Object.assign(memoryNode(), { catalogue: () => catalogue, knows: (id: string) => id === member });
  server = fastify(serverOptions);
  server.setNotFoundHandler(answerUnknownRoute);
  const identityOf = () => (member === null ? null : { node: member, spki: '' });
  await server.register(receptors(() => node, undefined, { sets, clock, identityOf }));
}

beforeEach(() => {
  clock = new VirtualClock({ epochMs: Date.now() });
  asked = [];
  answer = { votes: 3 };
  member = null;
  watched = undefined;
});

/** A request as a client with a passport sends it. */
async function signed(
  passport: Passport,
  method: 'POST' | 'PUT' | 'GET' | 'DELETE',
  url: string,
  json?: object,
  more: Record<string, string> = {},
): Promise<InjectOptions> {
  const payload = json === undefined ? '' : JSON.stringify(json);
  const body = Buffer.from(payload);
  const given = { host: HOST, ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...more };
  const headers = await passport.sign({ method, url: `https://${HOST}${url}`, headers: given, body });
  return { method, url, headers, ...(json === undefined ? {} : { payload }) };
}

const anna = readPassport(generateKeyPem());

describe('a receptor', () => {
  it('asks the organ that its genome names, with fields of path and body', async () => {
    await serve('ticket-desk');
    const reply = await server.inject(await signed(anna, 'POST', '/tickets/a%2Fb/votes', { by: 2 }));
    expect([reply.statusCode, reply.json()]).toEqual([200, { votes: 3 }]);
    expect(asked).toEqual([
      { organ: 'tickets', verb: 'vote', body: { id: 'a/b', by: 2 }, caller: anna.id, once: null },
    ]);
  });

  it('fills in defaults, and reads numbers of a query', async () => {
    await serve('ticket-desk', 'chat-room');
    await server.inject(await signed(anna, 'POST', '/tickets/t1/votes', {}));
    await server.inject({ url: '/rooms-history?prefix=r1/&limit=5', headers: { host: HOST } });
    expect(asked.map(({ body }) => body)).toEqual([
      { id: 't1', by: 1 },
      { prefix: 'r1/', after: '', limit: 5 },
    ]);
  });

  it.each([
    [{ by: 6 }, 'by is 6, more than 5'],
    [{ by: '2' }, 'by is a string, must be a whole number within 2^53 - 1'],
    [{ bye: 2 }, "the value has no field 'bye', only id, by"],
    [{ id: 'x' }, "'id' stands in the path, and can't be in the body as well"],
    [[], 'the body must be a JSON object'],
    [{ by: 2 ** 53 }, 'by is a number, must be a whole number within 2^53 - 1'],
  ])('refuses the body %j', async (body, detail) => {
    await serve('ticket-desk');
    const reply = await server.inject(await signed(anna, 'POST', '/tickets/t1/votes', body));
    expect(reply.json()).toMatchObject({ code: 'malformed', detail });
    expect(asked).toEqual([]);
  });

  it('refuses a key of the prototype, a body that is no JSON, one of another type and one too large', async () => {
    await serve('ticket-desk');
    const raw = async (payload: string, type = 'application/json') => {
      const given = { host: HOST, 'content-type': type };
      const url = '/tickets/t1/votes';
      const headers = await anna.sign({
        method: 'POST',
        url: `https://${HOST}${url}`,
        headers: given,
        body: Buffer.from(payload),
      });
      return (await server.inject({ method: 'POST', url, headers, payload })).json().code;
    };
    expect(await raw('{"__proto__": {"by": 2}}')).toBe('malformed');
    expect(await raw('{"by": 2')).toBe('malformed');
    expect(await raw('{"by": 2}', 'text/plain')).toBe('malformed');
    expect(await raw(JSON.stringify({ by: 2, more: 'x'.repeat(1024) }))).toBe('too-large');
    expect(asked).toEqual([]);
  });

  it('answers what the organ refuses as a problem', async () => {
    await serve('ticket-desk');
    answer = new Fault('not-taken', 'it is closed');
    const reply = await server.inject({ url: '/tickets/t1', headers: { host: HOST } });
    expect([reply.statusCode, reply.json()]).toMatchObject([409, { code: 'not-taken', detail: 'it is closed' }]);
  });
});

describe('who is answered', () => {
  const stranger = { remoteAddress: '10.0.0.1' };

  it('is everybody where access is public, and nobody from afar where it says nothing', async () => {
    await serve('ticket-desk', 'job-queue');
    expect((await server.inject({ url: '/tickets/t1', ...stranger })).statusCode).toBe(200);
    expect((await server.inject({ url: '/jobs/dead', ...stranger })).json().code).toBe('forbidden');
    expect((await server.inject({ url: '/jobs/dead', headers: { host: HOST } })).statusCode).toBe(200);
    expect((await server.inject({ url: '/openapi.json', ...stranger })).json().code).toBe('forbidden');
  });

  it('is who signs where access is passport', async () => {
    await serve('ticket-desk');
    const vote = await signed(anna, 'POST', '/tickets/t1/votes', { by: 2 });
    expect((await server.inject({ ...vote, ...stranger })).statusCode).toBe(200);
    const { headers: _headers, ...unsigned } = vote;
    const reply = await server.inject({ ...unsigned, headers: { host: HOST, 'content-type': 'application/json' } });
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'no-passport']);
  });

  it('is not who shows a signature of another request, an old one, or one twice', async () => {
    await serve('ticket-desk');
    const vote = await signed(anna, 'POST', '/tickets/t1/votes', { by: 2 });
    const code = async (change: Partial<InjectOptions>) => (await server.inject({ ...vote, ...change })).json().code;
    const headersWith = (header: Record<string, string>) => ({ headers: { ...vote.headers, ...header } });
    expect(await code({ url: '/tickets/t2/votes' })).toBe('no-passport');
    expect(await code({ url: '/tickets/t1/votes?by=3' })).toBe('no-passport');
    expect(await code({ payload: '{"by":3}' })).toBe('no-passport');
    expect(await code(headersWith({ host: 'localhost:4400' }))).toBe('no-passport');
    expect(await code(headersWith({ 'idempotency-key': 'k' }))).toBe('no-passport');
    expect(await code(headersWith({ 'peertree-passport': readPassport(generateKeyPem()).spki }))).toBe('no-passport');
    expect(await code(headersWith({ 'peertree-passport': 'nonsense' }))).toBe('no-passport');
    expect(asked).toEqual([]);
    expect(await code({})).toBeUndefined();
    expect(await code({})).toBe('no-passport');
    await clock.advance(301_000);
    expect(await code(await signed(anna, 'POST', '/tickets/t1/votes', { by: 2 }))).toBe('no-passport');
  });

  it('is a member where access is peers, and a passport of the list where it is one', async () => {
    const genome = await parseGenome(
      `
genome: closed
version: 1.0.0
organs: { notes: { kind: records, record: { text: string } } }
receptors:
  read: { get: '/notes/{key}', to: notes.get, access: peers }
  remove: { delete: '/notes/{key}', to: notes.remove, access: [${anna.id}] }
`,
      'closed.genome.yaml',
    );
    await serveSets([receptorSet(genome)]);
    expect((await server.inject({ url: '/notes/a' })).json().code).toBe('forbidden');
    member = 'm'.repeat(52);
    expect((await server.inject({ url: '/notes/a' })).statusCode).toBe(200);
    member = null;
    expect((await server.inject(await signed(anna, 'DELETE', '/notes/a'))).statusCode).toBe(200);
    const ben = readPassport(generateKeyPem());
    expect((await server.inject(await signed(ben, 'DELETE', '/notes/a'))).json().code).toBe('forbidden');
  });
});

describe('requests', () => {
  it('with an idempotency key have a name, which is that of their caller and receptor alone', async () => {
    await serve('ticket-desk');
    const ben = readPassport(generateKeyPem());
    const vote = async (passport: Passport, url: string, key: string) =>
      server.inject(await signed(passport, 'POST', url, { by: 1 }, { 'idempotency-key': key }));
    await vote(anna, '/tickets/t1/votes', 'k');
    await vote(anna, '/tickets/t1/votes', 'k');
    await vote(ben, '/tickets/t1/votes', 'k');
    await vote(anna, '/tickets/t1/votes', 'l');
    const names = asked.map(({ once }) => once);
    expect(names[0]).toBe(names[1]);
    expect(new Set(names).size).toBe(3);
    expect((await vote(anna, '/tickets/t1/votes', 'k'.repeat(129))).json().code).toBe('malformed');
  });

  it('are taken at the rate of their passport', async () => {
    await serve('ticket-desk');
    const vote = async (passport: Passport) =>
      server.inject(await signed(passport, 'POST', '/tickets/t1/votes', { by: 1 }));
    for (let count = 0; count < 10; count++) expect((await vote(anna)).statusCode).toBe(200);
    const refused = await vote(anna);
    expect([refused.statusCode, refused.json().code, refused.headers['retry-after']]).toEqual([
      429,
      'rate-limited',
      '6',
    ]);
    expect((await vote(readPassport(generateKeyPem()))).statusCode).toBe(200);
    await clock.advance(6_000);
    expect((await vote(anna)).statusCode).toBe(200);
  });
});

describe('a stream of events', () => {
  it('tells what happens from its beginning on, and lets go when its reader leaves', async () => {
    await serve('chat-room');
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const abort = new AbortController();
    try {
      const reply = await fetch(`${url}/rooms-live`, { signal: abort.signal });
      expect(reply.headers.get('content-type')).toBe('text/event-stream');
      expect(watched).toMatchObject({ organ: 'lines', prefix: '' });
      watched?.listener({ organ: 'lines', key: '', body: { room: 'r1', line: 'a\nb' } });
      watched?.listener({ organ: 'lines', key: 'k', body: null });
      const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('remove')) text += (await reader?.read())?.value ?? '';
      expect(text.split('\n\n').slice(0, 3)).toEqual([
        ': open',
        'id: 1\nevent: message\ndata: {"room":"r1","line":"a\\nb"}',
        'id: 2\nevent: remove\ndata: {"key":"k"}',
      ]);
      const gone = new Promise<void>((resolve) => {
        const look = (): void => (watched === undefined ? resolve() : void setImmediate(look));
        look();
      });
      abort.abort();
      await gone;
    } finally {
      await server.close();
    }
  });
});
