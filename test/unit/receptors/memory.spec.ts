import fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { receptors, serverOptions } from '../../../src/receptors/index.ts';
import { type MemoryNode, memoryNode } from '../../twins/memory-node.ts';
import { conform } from '../cli/schemas.ts';

const SEARCH = '/peerMemory/search';
const FILES = '/peerMemory/files';

let node: MemoryNode;
let server: FastifyInstance;

beforeEach(async () => {
  node = memoryNode();
  server = fastify(serverOptions);
  await server.register(receptors(() => node));
  await server.inject({ method: 'PUT', url: '/ftreeFileMgr/files/boat.txt', payload: 'a boat' });
});

const get = (query: string) => server.inject({ method: 'GET', url: `${SEARCH}?${query}` });
const post = (payload: unknown) =>
  server.inject({
    method: 'POST',
    url: SEARCH,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    headers: { 'content-type': 'application/json' },
  });
const asked = (): object => JSON.parse((node.calls.at(-1) ?? '').replace(/^search /, ''));

describe('GET and POST /peerMemory/search', () => {
  it('answer exactly results with id, name, score and snippet, and partial', async () => {
    const [id] = node.stored.keys();
    const expected = { results: [{ id, name: 'boat.txt', score: 1, snippet: '**boat.txt**' }], partial: false };
    for (const reply of [await get('q=boat&limit=10'), await post({ q: 'boat', limit: 10 })]) {
      expect([reply.statusCode, reply.json()]).toEqual([200, expected]);
      conform('find', reply.json());
    }
  });

  it('read every parameter alike', async () => {
    const expected = {
      q: 'boat',
      limit: 3,
      offset: 2,
      types: ['pdf', 'md'],
      owners: ['a'],
      after: Date.UTC(2026, 0, 1),
      explain: true,
    };
    await get('q=boat&limit=3&offset=2&type=pdf&type=md&owner=a&after=2026-01-01&explain=true');
    expect(asked()).toEqual(expected);
    await post({ q: 'boat', limit: 3, offset: 2, type: ['pdf', 'md'], owner: 'a', after: '2026-01-01', explain: true });
    expect(asked()).toEqual(expected);
  });

  it.each([
    'limit=10',
    'q=a&q=b',
    'q=a&limit=0',
    `q=a&limit=${LIMITS.searchPageMax + 1}`,
    'q=a&limit=1e1',
    `q=a&offset=${LIMITS.searchOffsetMax + 1}`,
    'q=a&after=someday',
    'q=a&explain=maybe',
    'q=a&limt=3',
    'q=a&__proto__=3',
  ])('refuse %s', async (query) => {
    const reply = await get(query);
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
  });

  it.each(['', '[]', 'null', '{"q":', '{"q":5}', '{"q":"a","limit":"x"}'])('refuse the body %s', async (payload) => {
    const reply = await post(payload);
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'malformed']);
  });

  it('refuse a query of a megabyte before it is read', async () => {
    const reply = await post({ q: 'a'.repeat(1_048_576) });
    expect([reply.statusCode, reply.json().code]).toEqual([413, 'too-large']);
  });
});

describe('/peerMemory/files/{file}', () => {
  const call = (method: 'GET' | 'PUT' | 'DELETE', name: string, payload?: object) =>
    server.inject({
      method,
      url: `${FILES}/${name}`,
      ...(payload === undefined ? {} : { payload, headers: { 'content-type': 'application/json' } }),
    });

  it('says how far a file is, forgets it, and takes what is said of it', async () => {
    expect((await call('GET', 'boat.txt')).json()).toMatchObject({ name: 'boat.txt', remembered: 'done', note: '' });
    expect((await call('DELETE', 'boat.txt')).json()).toMatchObject({ remembered: 'forgotten' });
    expect((await call('PUT', 'boat.txt', { note: 'mine' })).json()).toMatchObject({
      remembered: 'done',
      note: 'mine',
    });
    conform('remember', (await call('PUT', 'boat.txt')).json());
  });

  it('refuses what it does not know', async () => {
    expect((await call('PUT', 'boat.txt', { nte: 'mine' })).statusCode).toBe(400);
    expect((await call('PUT', 'boat.txt', { note: 5 })).statusCode).toBe(400);
    expect((await call('GET', 'coat.txt')).json().code).toBe('not-found');
  });
});
