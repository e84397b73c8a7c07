import fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { receptors, serverOptions } from '../../../src/receptors/index.ts';
import { idOf, type MemoryNode, memoryNode } from '../../twins/memory-node.ts';

const FILES = '/ftreeFileMgr/files';

let node: MemoryNode;
let server: FastifyInstance;

beforeEach(async () => {
  node = memoryNode();
  server = fastify(serverOptions);
  await server.register(receptors(() => node));
});

const put = (name: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
  server.inject({ method: 'PUT', url: `${FILES}/${name}`, payload, headers });
const get = (name: string, headers: Record<string, string> = {}) =>
  server.inject({ method: 'GET', url: `${FILES}/${name}`, headers });

describe('PUT /ftreeFileMgr/files/{name}', () => {
  it('answers 201 with exactly id, name, bytes and shards, and where the file is', async () => {
    const reply = await put('a.txt', 'hello');
    expect(reply.statusCode).toBe(201);
    const [id] = node.stored.keys();
    expect(reply.json()).toEqual({ id, name: 'a.txt', bytes: 5, shards: 1 });
    expect(reply.headers.location).toBe(`${FILES}/${id}`);
    expect(reply.headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
    expect((await server.inject(reply.headers.location ?? '')).body).toBe('hello');
  });

  it('answers 200 with the same id for the next version of a name', async () => {
    const first = await put('a.txt', 'one');
    const second = await put('a.txt', 'two');
    expect(second.statusCode).toBe(200);
    expect(second.json().id).toBe(first.json().id);
    expect(second.headers.location).toBeUndefined();
    expect((await get('a.txt')).body).toBe('two');
  });

  it('refuses a taken name with `If-None-Match: *`, and takes a free one', async () => {
    expect((await put('a', '1', { 'if-none-match': '*' })).statusCode).toBe(201);
    const reply = await put('a', '2', { 'if-none-match': '*' });
    expect(reply.statusCode).toBe(412);
    expect(reply.json().code).toBe('already-exists');
    expect((await get('a')).body).toBe('1');
  });

  it.each([
    ['if-match', '"x"'],
    ['if-none-match', '"x"'],
  ])('refuses the condition %s: %s rather than ignore it', async (header, value) => {
    const reply = await put('a', '1', { [header]: value });
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
    expect(node.stored.size).toBe(0);
  });

  it.each([
    ['a/b/c.txt', 'a%2Fb%2Fc.txt'],
    ['a%2Fb', 'a%252Fb'],
    ['100%', '100%25'],
    ['a b?c#d;e', 'a%20b%3Fc%23d%3Be'],
    ['über/日本', encodeURIComponent('über/日本')],
    ['x'.repeat(1024), 'x'.repeat(1024)],
    ['é'.repeat(512), encodeURIComponent('é'.repeat(512))],
  ])('takes the name %s as it was meant', async (name, path) => {
    expect((await put(path, 'x')).json().name).toBe(name);
    const reply = await get(path);
    expect([reply.statusCode, reply.body]).toEqual([200, 'x']);
    expect(decodeURIComponent(String(reply.headers['peertree-name']))).toBe(name);
  });

  it.each([
    ['no UTF-8', '%FF'],
    ['a broken escape', '%zz'],
    ['a segment longer than any name', 'x'.repeat(3_100)],
  ])('answers %s as a problem', async (_what, path) => {
    const reply = await put(path, 'x');
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
    expect(reply.headers['content-type']).toBe('application/problem+json');
  });

  it('answers a name that looks like an id as bad-name', async () => {
    const reply = await put(idOf('x'), 'x');
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'bad-name']);
  });

  it.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'image/png',
    'application/x-www-form-urlencoded',
  ])('stores a body of type %s as it is', async (type) => {
    const payload = Buffer.from('{"a": 1,, not json \u0000');
    expect((await put('raw', payload, { 'content-type': type })).statusCode).toBe(201);
    expect((await get('raw')).rawPayload).toEqual(payload);
  });

  it('stores an empty file', async () => {
    expect((await put('empty', '')).json()).toMatchObject({ bytes: 0, shards: 0 });
    const reply = await get('empty');
    expect([reply.statusCode, reply.headers['content-length'], reply.body]).toEqual([200, '0', '']);
  });

  it('refuses a body shorter than declared, and nothing is visible', async () => {
    const reply = await put('short', 'abc', { 'content-length': '10' });
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'truncated']);
    expect((await get('short')).statusCode).toBe(404);
  });

  it('stores a file without a name under its id', async () => {
    const reply = await server.inject({ method: 'POST', url: FILES, payload: 'nameless' });
    expect(reply.statusCode).toBe(201);
    expect(reply.json().name).toBe(reply.json().id);
    expect((await get(reply.json().id)).body).toBe('nameless');
  });
});

describe('GET and HEAD /ftreeFileMgr/files/{id|name}', () => {
  it('brings the bytes with their length and etag, by name and by id', async () => {
    const bytes = Buffer.alloc(200_000, 'ab');
    const { id } = (await put('big', bytes)).json();
    for (const path of ['big', id]) {
      const reply = await get(path);
      expect(reply.statusCode).toBe(200);
      expect(reply.rawPayload.equals(bytes)).toBe(true);
      expect(reply.headers).toMatchObject({
        'content-length': '200000',
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
        'peertree-id': id,
        'peertree-version': '1',
      });
    }
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    await put('big', Buffer.alloc(100_000));
    const { date: _at, ...expected } = (await get('big')).headers;
    const reply = await server.inject({ method: 'HEAD', url: `${FILES}/big` });
    const { date: _then, ...headers } = reply.headers;
    expect(headers).toEqual(expected);
    expect(reply.body).toBe('');
  });

  it('answers 304 to who has it already', async () => {
    await put('a', 'x');
    const etag = String((await get('a')).headers.etag);
    expect((await get('a', { 'if-none-match': `"other", W/${etag}` })).statusCode).toBe(304);
    expect((await get('a', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('answers a file that cannot be read at all as a problem, not as a broken body', async () => {
    const { Fault } = await import('../../../src/contract/errors.ts');
    await put('a', 'x');
    node.onRead = () => {
      throw new Fault('maybe-elsewhere');
    };
    const reply = await get('a');
    expect([reply.statusCode, reply.json().code]).toEqual([503, 'maybe-elsewhere']);
    expect(reply.headers['content-length']).toBe(String(Buffer.byteLength(reply.body)));
  });

  it('answers 404 for what is not there', async () => {
    const reply = await get('nothing');
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'not-found']);
  });
});

describe('DELETE, listing and verification', () => {
  it('removes a file and says which', async () => {
    const { id } = (await put('a', 'x')).json();
    const reply = await server.inject({ method: 'DELETE', url: `${FILES}/a` });
    expect([reply.statusCode, reply.json().id]).toEqual([200, id]);
    expect((await get('a')).statusCode).toBe(404);
  });

  it('lists in pages', async () => {
    for (const name of ['b', 'a', 'c', 'x']) await put(name, name);
    const names = (reply: { json(): { files: { name: string }[] } }) => reply.json().files.map(({ name }) => name);
    const first = await server.inject(`${FILES}?limit=2`);
    expect([names(first), first.json().next]).toEqual([['a', 'b'], 'b']);
    const rest = await server.inject(`${FILES}?limit=2&after=b`);
    expect([names(rest), rest.json().next]).toEqual([['c', 'x'], null]);
    expect(names(await server.inject(`${FILES}?prefix=x`))).toEqual(['x']);
  });

  it('takes a limit of 1,000 and refuses 1,001', async () => {
    expect((await server.inject(`${FILES}?limit=1000`)).statusCode).toBe(200);
    expect((await server.inject(`${FILES}?limit=1001`)).json().code).toBe('malformed');
  });

  it.each(['limit=0', 'limit=x', 'limit=', 'limit=1e3', 'limit=1&limit=2', 'prefix=a&prefix=b', 'limti=5'])(
    'refuses ?%s',
    async (query) => {
      expect((await server.inject(`${FILES}?${query}`)).json().code).toBe('malformed');
    },
  );

  it('verifies a file whose name has slashes', async () => {
    await put('a%2Fb', 'x');
    const reply = await server.inject({ method: 'POST', url: `${FILES}/a%2Fb/verification` });
    expect(reply.json()).toMatchObject({ name: 'a/b', ok: true, copies: { good: 3, bad: 0 } });
  });
});
