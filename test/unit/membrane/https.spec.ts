import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { PeerIdentity, Signer } from '../../../src/contract/ports.ts';
import type { Frame } from '../../../src/contract/wire.ts';
import { realClock } from '../../../src/runtime/clock/real.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { encodeFrame } from '../../../src/runtime/membrane/frame.ts';
import { Gate } from '../../../src/runtime/membrane/gate.ts';
import { HttpsMembrane, type HttpsMembraneOptions } from '../../../src/runtime/membrane/https.ts';
import { credentials, type TestCredentials } from '../../twins/credentials.ts';
import { frameOf, ORGANISM, TREE } from './stage.ts';

let server: TestCredentials;
let member: TestCredentials;
let stranger: TestCredentials;
beforeAll(async () => {
  [server, member, stranger] = await Promise.all([credentials(), credentials(), credentials()]);
});

const opened: HttpsMembrane[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((membrane) => membrane.close(0)));
});

/** A real gate behind a real server. */
async function listening(options: Partial<HttpsMembraneOptions> = {}) {
  const log = memoryLog();
  const shards = new Map<string, Uint8Array>();
  const gate = new Gate({
    signer: server.signer,
    clock: realClock(),
    log,
    organism: () => ORGANISM,
    incarnation: 3,
    standing: (node) => (node === member.signer.node ? 'member' : 'unknown'),
    accepts: (kind, standing) => standing === 'member' || kind === 'consensus.join',
    deliver: async (message) => ({ ok: true, body: message.body }),
    shards: {
      put: async (_tree, hash, bytes) => void shards.set(hash, bytes),
      get: async (_tree, hash) => shards.get(hash),
    },
  });
  const isMember = ({ node }: PeerIdentity): boolean => node === member.signer.node;
  const { keyPem, certPem } = server;
  const membrane = new HttpsMembrane({ keyPem, certPem, log, isMember, ...options });
  opened.push(membrane);
  const url = await membrane.listen(gate.handle);
  return { gate, membrane, url, port: Number(new URL(url).port), log };
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | number>;
  readonly body?: Uint8Array | string;
  /** Null shows no certificate. */
  readonly as?: TestCredentials | null;
  readonly agent?: Agent;
}

/** Posts as a stranger's program would, with nothing of ours. */
async function post(
  url: string,
  { method = 'POST', path = '/peertree/frames', headers = {}, body, as = member, agent }: Sent,
) {
  const shown = as === null ? {} : { key: as.keyPem, cert: as.certPem };
  const request = httpsRequest(`${url}${path}`, {
    method,
    headers,
    rejectUnauthorized: false,
    agent: agent ?? false,
    ...shown,
  });
  // A refusal may come, and the connection end, while the body is still on its way.
  request.on('error', () => undefined);
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const isJson = String(response.headers['content-type']).includes('json');
  return { status: response.statusCode, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

const frameFor = (more: Partial<Frame> = {}): Frame =>
  frameOf({ from: member.signer.node, to: server.signer.node, sentAt: Date.now(), ...more });

function sent(frame: Frame, signer: Signer = member.signer): Sent {
  const body = encodeFrame(frame);
  return { body, headers: { 'content-type': 'application/json', 'peertree-signature': signer.sign('frame', body) } };
}

describe('a frame over HTTPS', () => {
  it('is answered with the signed bytes of the reply', async () => {
    const { url } = await listening();
    const answer = await post(url, sent(frameFor()));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.json.results).toEqual([{ id: '1', status: 'applied', body: 'hi' }]);
    const signature = String(answer.headers['peertree-signature']);
    expect(server.signer.verify('reply', Buffer.from(answer.text), signature, server.signer.spki)).toBe(true);
  });

  it.each<[what: string, code: string, status: number, make: () => Sent]>([
    ['{"msg":null}', 'malformed', 400, () => ({ body: '{"msg":null}' })],
    ['null', 'malformed', 400, () => ({ body: 'null' })],
    ['an empty body', 'malformed', 400, () => ({ headers: { 'content-length': 0 } })],
    ['malformed JSON', 'malformed', 400, () => ({ body: '{"v":1,' })],
    ['depth 10,000', 'malformed', 400, () => ({ body: '['.repeat(10_000) })],
    [
      'a foreign content type',
      'malformed',
      400,
      () => ({ body: 'null', headers: { 'content-type': 'text/csv; charset=x' } }),
    ],
    ['a changed byte', 'bad-signature', 403, () => ({ ...sent(frameFor()), body: encodeFrame(frameFor({ seq: 2 })) })],
    ["another node's signature", 'bad-signature', 403, () => sent(frameFor(), stranger.signer)],
    ["another node's frame", 'key-mismatch', 403, () => ({ ...sent(frameFor()), as: stranger })],
    [
      "a non-member's frame",
      'not-a-member',
      403,
      () => ({ ...sent(frameFor({ from: stranger.signer.node }), stranger.signer), as: stranger }),
    ],
    ['no certificate', 'no-certificate', 401, () => ({ ...sent(frameFor()), as: null })],
    ['a body over the limit', 'too-large', 413, () => ({ body: Buffer.alloc(LIMITS.frameBytesMax + 1) })],
    [
      "a stranger's long body",
      'too-large',
      413,
      () => ({ body: Buffer.alloc(LIMITS.frameStrangerBytesMax + 1), as: stranger }),
    ],
  ])('%s is refused: %s', async (_what, code, status, make) => {
    const { url, gate } = await listening();
    const answer = await post(url, make());
    expect(answer.json).toMatchObject({ code, status, type: `urn:peertree:problem:${code}` });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
    expect(gate.rejected()).toEqual({ [code]: 1 });
  });

  it('that is replayed is refused, and said again over the ordered lane is answered the same', async () => {
    const { url, gate } = await listening();
    const control = sent(frameFor());
    expect((await post(url, control)).status).toBe(200);
    expect((await post(url, control)).json).toMatchObject({ code: 'replayed', status: 409 });
    const ordered = sent(frameFor({ lane: 'ordered' }));
    const headers = { ...ordered.headers, 'peertree-lane': 'ordered' };
    const first = await post(url, { ...ordered, headers });
    expect((await post(url, { ...ordered, headers })).text).toBe(first.text);
    expect(gate.rejected()).toEqual({ replayed: 1 });
  });

  it('comes with its certificate on the second connection too: sessions are not resumed', async () => {
    const { url } = await listening();
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 100, key: member.keyPem, cert: member.certPem });
    for (const seq of [1, 2, 3]) expect((await post(url, { ...sent(frameFor({ seq })), agent })).status).toBe(200);
  });
});

describe('a body of 1 GB', () => {
  const GIGABYTE = 1_000_000_000;

  it.each([
    ['that says its length', { 'content-length': GIGABYTE }],
    ['that comes in chunks', { 'transfer-encoding': 'chunked' }],
  ])('%s is refused before it is read, in little memory', async (_what, headers) => {
    const { url, gate } = await listening();
    const { keyPem: key, certPem: cert } = member;
    const request = httpsRequest(`${url}/peertree/frames`, {
      method: 'POST',
      headers,
      rejectUnauthorized: false,
      agent: false,
      key,
      cert,
    });
    const piece = Buffer.alloc(65_536, '[');
    let written = 0;
    const write = (): void => {
      while (written < GIGABYTE && !request.destroyed) {
        written += piece.length;
        if (!request.write(piece)) return void request.once('drain', write);
      }
    };
    request.on('error', () => request.destroy());
    write();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(413);
    // What is on its way is read and dropped for a while; then the connection ends.
    await once(request, 'close');
    expect(written).toBeLessThan(GIGABYTE / 10);
    expect(gate.rejected()).toEqual({ 'too-large': 1 });
  });
});

describe('shards over HTTPS', () => {
  const hash = 'b'.repeat(64);
  const path = `/peertree/shards/${TREE}/${hash}`;

  it('are put and got as plain bytes', async () => {
    const { url } = await listening();
    const put = await post(url, { method: 'PUT', path, body: Buffer.from([0, 1, 255]) });
    expect([put.status, put.text]).toEqual([204, '']);
    const got = await post(url, { method: 'GET', path });
    expect([got.status, got.headers['content-type'], got.headers['content-length']]).toEqual([
      200,
      'application/octet-stream',
      '3',
    ]);
  });

  it('are refused to strangers without reading much, and unknown ones are not found', async () => {
    const { url, gate } = await listening();
    const body = Buffer.alloc(LIMITS.shardBytesMax);
    expect((await post(url, { method: 'PUT', path, body, as: stranger })).json).toMatchObject({ code: 'not-a-member' });
    expect((await post(url, { method: 'GET', path })).json).toMatchObject({ code: 'not-found', status: 404 });
    expect(gate.rejected()).toEqual({ 'not-a-member': 1 });
  });
});

describe('the server', () => {
  it('answers what it does not know as problem+json', async () => {
    const { url } = await listening();
    expect((await post(url, { path: '/nowhere' })).json).toMatchObject({ status: 404 });
    expect((await post(url, { path: '/peertree/frames', method: 'GET' })).json).toMatchObject({ status: 404 });
  });

  it('carries receptors beside the routes of peers', async () => {
    const { url } = await listening({ routes: async (app) => void app.get('/hello', async () => ({ hello: 'you' })) });
    expect((await post(url, { method: 'GET', path: '/hello', as: null })).json).toEqual({ hello: 'you' });
  });

  it('names a port in use', async () => {
    const { port } = await listening();
    await expect(listening({ port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(String(port)),
    });
  });

  it('speaks TLS 1.3 only', async () => {
    const { port } = await listening();
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    const [error] = await once(socket, 'error');
    expect(error.code).toMatch(/PROTOCOL_VERSION/);
  });

  it('closes at once though clients keep idle connections, spoken on or not', async () => {
    const { membrane, url, port } = await listening();
    const agent = new Agent({ keepAlive: true });
    await post(url, { ...sent(frameFor()), agent });
    const mute = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(mute, 'secureConnect');
    const raw = tcpConnect(port, '127.0.0.1');
    await once(raw, 'connect');
    const ends = Promise.all(
      [mute, raw].map((socket) =>
        once(
          socket.on('error', () => undefined),
          'close',
        ),
      ),
    );
    await membrane.close(100);
    await ends;
    agent.destroy();
  });
});

describe('the client', () => {
  it('sends the same bytes once more when an idle connection was closed under it', async () => {
    const { url, membrane, port } = await listening();
    const { keyPem, certPem } = member;
    const client = new HttpsMembrane({ keyPem, certPem, log: memoryLog() });
    opened.push(client);
    const say = (seq: number) => {
      const bytes = encodeFrame(frameFor({ seq }));
      const signature = member.signer.sign('frame', bytes);
      return client.exchange(
        { node: server.signer.node, url },
        { route: 'frame', lane: 'control', bytes, signature },
        { deadlineMs: 5_000 },
      );
    };
    expect((await say(1)).status).toBe(200);
    // The server restarts: the client's connection is dead, and it hasn't noticed.
    await membrane.close(0);
    await listening({ port });
    expect((await say(2)).status).toBe(200);
  });
});
