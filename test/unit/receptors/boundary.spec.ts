import fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { admission } from '../../../src/receptors/gate.ts';
import { answerUnknownRoute, receptors, serverOptions } from '../../../src/receptors/index.ts';
import {
  isAddressHost,
  isForeignOrigin,
  isLoopbackAddress,
  isLoopbackHost,
  loopbackOnly,
} from '../../../src/receptors/loopback.ts';
import { answerErrors } from '../../../src/receptors/problem.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { idOf, type MemoryNode, memoryNode } from '../../twins/memory-node.ts';

let node: MemoryNode | undefined;
let server: FastifyInstance;
const log = memoryLog();

beforeEach(async () => {
  node = memoryNode();
  server = fastify(serverOptions);
  server.setNotFoundHandler(answerUnknownRoute);
  await server.register(receptors(() => node, log));
});

describe('who is answered', () => {
  it.each(['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1'])('answers %s', async (remoteAddress) => {
    expect((await server.inject({ url: '/organism', remoteAddress })).statusCode).toBe(200);
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '1270.0.0.1', '128.0.0.1'])(
    'refuses %s, whatever it asks for',
    async (remoteAddress) => {
      for (const url of ['/organism', '/health/live', '/ftreeFileMgr/files', '/ftreeFileMgr/files/a']) {
        const reply = await server.inject({ url, remoteAddress });
        expect([url, reply.statusCode, reply.json().code]).toEqual([url, 403, 'forbidden']);
      }
    },
  );

  it.each([
    'evil.example',
    'evil.example:4400',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'localhost@evil',
  ])('refuses the Host %s', async (host) => {
    expect((await server.inject({ url: '/organism', headers: { host } })).json().code).toBe('forbidden');
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:4400', '[::1]:4400'])('takes the Host %s', async (host) => {
    expect((await server.inject({ url: '/organism', headers: { host } })).statusCode).toBe(200);
  });

  it.each(['https://evil.example', 'null', 'http://localhost:4400', 'https://localhost:3000', ''])(
    'refuses the Origin %s',
    async (origin) => {
      const headers = { host: 'localhost:4400', origin };
      const reply = await server.inject({ method: 'POST', url: '/organism/halt', headers });
      expect(reply.json().code).toBe('forbidden');
      expect(node?.calls).toEqual([]);
    },
  );

  it('takes its own Origin', async () => {
    const headers = { host: 'localhost:4400', origin: 'https://localhost:4400' };
    expect((await server.inject({ url: '/organism', headers })).statusCode).toBe(200);
  });

  it('takes a machine that asks itself by the address it listens at, and no other', async () => {
    const from = (remoteAddress: string, localAddress: string, host: string) =>
      loopbackOnly.call(
        server as never,
        { headers: { host }, raw: { socket: { remoteAddress, localAddress } } } as never,
        {} as never,
      );
    await expect(from('10.0.0.6', '10.0.0.6', '10.0.0.6:4400')).resolves.toBeUndefined();
    await expect(from('10.0.0.6', '10.0.0.6', 'evil.example')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(from('10.0.0.7', '10.0.0.6', '10.0.0.6:4400')).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('decides by pure rules', () => {
    expect(isLoopbackAddress(undefined)).toBe(false);
    expect(isLoopbackHost('')).toBe(false);
    expect(isAddressHost('10.0.0.6:4400', '::ffff:10.0.0.6')).toBe(true);
    expect(isAddressHost('[fd00::6]:4400', 'fd00::6')).toBe(true);
    expect(isAddressHost('10.0.0.6.evil.example', '10.0.0.6')).toBe(false);
    expect(isAddressHost('evil.example:4400', '10.0.0.6')).toBe(false);
    expect(isForeignOrigin('https://localhost', undefined)).toBe(true);
  });
});

describe('problems', () => {
  it.each([
    ['GET', '/nothing'],
    ['PATCH', '/ftreeFileMgr/files/a'],
    ['DELETE', `/shardTree/shards/${'0'.repeat(64)}`],
    ['PUT', '/ftreeFileMgr/files/a/b'],
  ] as const)('answers %s %s with no-receptor', async (method, url) => {
    const reply = await server.inject({ method, url: `${url}?secret=1` });
    expect(reply.statusCode).toBe(404);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json()).toEqual({
      type: 'urn:peertree:problem:no-receptor',
      title: expect.any(String),
      status: 404,
      code: 'no-receptor',
      detail: `there is no receptor for ${method} ${url}`,
    });
  });

  it('answers a defect as internal, without its message, and logs it', async () => {
    if (node !== undefined) {
      node.status = async () => {
        throw new TypeError('secret detail');
      };
    }
    const reply = await server.inject('/organism');
    expect([reply.statusCode, reply.json().code]).toEqual([500, 'internal']);
    expect(reply.body).not.toContain('secret');
    expect(log.lines.at(-1)).toMatchObject({ event: 'receptor.failed', fields: { route: '/organism' } });
    expect(String(log.lines.at(-1)?.fields.error)).toContain('secret detail');
  });

  it('says when to come back', async () => {
    const app = fastify();
    app.setErrorHandler(answerErrors(undefined));
    app.get('/', () => {
      throw new Fault('busy', undefined, { retryAfterMs: 1_500 });
    });
    const reply = await app.inject('/');
    expect([reply.statusCode, reply.headers['retry-after'], reply.json().retryAfterMs]).toEqual([503, '2', 1_500]);
  });
});

describe('a node that starts', () => {
  it('is live, not ready, and answers everything else with 503 starting', async () => {
    node = undefined;
    expect((await server.inject('/health/live')).json()).toEqual({ status: 'live' });
    for (const url of ['/health/ready', '/organism', '/ftreeFileMgr/files', '/ftreeFileMgr/files/a']) {
      const reply = await server.inject(url);
      expect([url, reply.statusCode, reply.json().code]).toEqual([url, 503, 'starting']);
      expect(reply.headers['retry-after']).toBe('1');
    }
  });

  it('is ready once its cells are placed', async () => {
    if (node === undefined) return;
    node.readyNow = false;
    expect((await server.inject('/health/ready')).statusCode).toBe(503);
    node.readyNow = true;
    expect((await server.inject('/health/ready')).json()).toEqual({ status: 'ready', node: node.id });
  });
});

describe('admission', () => {
  it('lets as many in as its limit, answers busy to the next, and lets in again', async () => {
    const app = fastify();
    app.setErrorHandler(answerErrors(undefined));
    app.addHook('onRequest', admission(2));
    const waiting: (() => void)[] = [];
    app.get('/', () => new Promise((resolve) => waiting.push(() => resolve('ok'))));
    const first = [app.inject('/'), app.inject('/')];
    await expect.poll(() => waiting.length).toBe(2);
    expect((await app.inject('/')).json().code).toBe('busy');
    for (const go of waiting) go();
    expect((await Promise.all(first)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const again = app.inject('/');
    await expect.poll(() => waiting.length).toBe(3);
    waiting[2]?.();
    expect((await again).statusCode).toBe(200);
  });
});

describe('shards', () => {
  const bytes = Buffer.from('some bytes');
  const hash = sha256Hex(bytes);
  const url = `/shardTree/shards/${hash}`;
  const put = (payload: Buffer, to = url) => server.inject({ method: 'PUT', url: to, payload });

  it('takes, gives and measures a shard', async () => {
    const stored = await put(bytes);
    expect([stored.statusCode, stored.json()]).toEqual([201, { hash, bytes: 10 }]);
    const got = await server.inject(url);
    expect(got.rawPayload.equals(bytes)).toBe(true);
    expect(got.headers).toMatchObject({ etag: `"${hash}"`, 'content-length': '10' });
    const head = await server.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
  });

  it('refuses bytes that are not what the name says, before they reach the disk', async () => {
    const reply = await put(Buffer.from('other bytes'));
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'wrong-hash']);
    expect(node?.shardBytes.size).toBe(0);
  });

  it.each(['xyz', hash.toUpperCase(), `${hash}0`])('refuses the name %s', async (name) => {
    const reply = await put(bytes, `/shardTree/shards/${name}`);
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
  });

  it('takes a shard of the largest size and refuses one byte more', async () => {
    const largest = Buffer.alloc(LIMITS.shardBytesMax ?? 0);
    expect((await put(largest, `/shardTree/shards/${sha256Hex(largest)}`)).statusCode).toBe(201);
    const larger = Buffer.alloc(largest.length + 1);
    const reply = await put(larger, `/shardTree/shards/${sha256Hex(larger)}`);
    expect([reply.statusCode, reply.json().code]).toEqual([413, 'too-large']);
  });

  it('answers 404 for a shard that is not there', async () => {
    expect((await server.inject(url)).json().code).toBe('not-found');
    expect((await server.inject({ method: 'HEAD', url })).statusCode).toBe(404);
  });
});

describe('the organism', () => {
  const post = (url: string, payload?: string, type = 'application/json') =>
    server.inject({
      method: 'POST',
      url,
      ...(payload === undefined ? {} : { payload, headers: { 'content-type': type } }),
    });

  it('shows its status', async () => {
    expect((await server.inject('/organism')).json()).toEqual(node?.statusNow);
  });

  it('invites, with the options given', async () => {
    const reply = await post('/organism/invitations', '{"uses":3,"expiresInMs":60000}');
    expect([reply.statusCode, reply.json()]).toEqual([201, { invitation: 'token-1' }]);
    expect((await post('/organism/invitations')).statusCode).toBe(201);
    expect(node?.calls).toEqual(['invite {"uses":3,"expiresInMs":60000}', 'invite {}']);
  });

  it.each([
    '{"uses":0}',
    '{"uses":"2"}',
    '{"uses":10001}',
    '{"use":1}',
    '[]',
    'null1',
    '{',
    '"x"',
    '{"__proto__":1}',
    '{"uses":1.5}',
  ])('refuses the invitation %s', async (body) => {
    const reply = await post('/organism/invitations', body);
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
    expect(node?.calls).toEqual([]);
  });

  it('refuses a body that is not JSON by its type, and one that is too large', async () => {
    expect((await post('/organism/invitations', '{}', 'text/plain')).json().code).toBe('malformed');
    const large = JSON.stringify({ uses: 1, x: 'x'.repeat(LIMITS.operatorBodyMax ?? 0) });
    expect((await post('/organism/invitations', large)).json().code).toBe('too-large');
    expect((await post('/organism/invitations', '['.repeat(10_000))).json().code).toBe('malformed');
  });

  it('drafts a promotion, takes it signed, and shows what was kept', async () => {
    const { promotion } = (await server.inject({ url: '/organism/promotion' })).json();
    const signed = { ...promotion, warrant: 'signature' };
    const done = await post('/organism/promotion', JSON.stringify({ promotion: signed, despiteMajority: true }));
    expect(done.json()).toEqual({ generation: promotion.generation, version: promotion.after + 1 });
    expect((await server.inject({ url: '/organism/conflicts' })).json()).toEqual({ conflicts: [] });
    expect(node?.calls).toEqual(['promote {"despiteMajority":true}']);
    const wrong: readonly object[] = [
      {},
      { promotion },
      { promotion: signed, despiteMajority: 'yes' },
      ...['type', 'generation', 'after', 'hash', 'by', 'keeps'].map((name) => ({
        promotion: { ...signed, [name]: null },
      })),
    ];
    for (const body of wrong)
      expect((await post('/organism/promotion', JSON.stringify(body))).json().code).toBe('malformed');
    expect(node?.calls).toHaveLength(1);
  });

  it('revokes by a signature', async () => {
    const revoked = idOf('stolen');
    const body = JSON.stringify({ node: revoked, warrant: 'signature' });
    expect((await post('/organism/revocations', body)).json()).toEqual({ revoked });
    for (const wrong of [
      {},
      { node: revoked },
      { node: 'nobody', warrant: 'signature' },
      { node: revoked, warrant: 1 },
    ])
      expect((await post('/organism/revocations', JSON.stringify(wrong))).json().code).toBe('malformed');
    expect(node?.calls).toEqual([`revoke ${revoked} signature`]);
  });

  it('halts and leaves', async () => {
    expect((await post('/organism/halt')).json()).toEqual({ told: 1 });
    expect((await post('/organism/leave')).json()).toEqual({ left: node?.id });
    expect(node?.calls).toEqual(['halt', 'leave']);
  });
});
