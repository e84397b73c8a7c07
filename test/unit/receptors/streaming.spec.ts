import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';

const FILES = '/ftreeFileMgr/files';
const MIB = 1024 * 1024;

let node: HttpsNode;

beforeEach(async () => {
  node = await httpsNode();
});
afterEach(() => node.close());

const open = (method: string, path: string, options: RequestOptions = {}) =>
  httpsRequest({
    host: '127.0.0.1',
    port: node.port,
    ca: node.cert,
    servername: 'localhost',
    method,
    path,
    ...options,
  });

async function bodyOf(reply: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A socket on which a test writes HTTP by hand. */
async function rawSocket(): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: node.port, ca: node.cert, servername: 'localhost' });
  await once(socket, 'secureConnect');
  return socket;
}

describe('a put', () => {
  it('is refused at the first byte while its body is still coming, and the sender reads why', async () => {
    const put = open('PUT', `${FILES}/a`, { headers: { 'content-length': 4 * MIB, 'if-none-match': '"x"' } });
    put.write(Buffer.alloc(MIB));
    const [reply] = (await once(put, 'response')) as [IncomingMessage];
    expect(reply.statusCode).toBe(400);
    expect(JSON.parse(String(await bodyOf(reply))).code).toBe('malformed');
    put.destroy();
  });

  it('is refused in the middle, and the same connection serves the next request', async () => {
    let seen = 0;
    node.memory.onWrite = (bytes) => {
      seen += bytes;
      if (seen > MIB) throw new Fault('disk-full');
    };
    const socket = await rawSocket();
    socket.write(`PUT ${FILES}/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${3 * MIB}\r\n\r\n`);
    socket.write(Buffer.alloc(3 * MIB));
    socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 507', 'HTTP/1.1 200']);
    expect(text).toContain('"code":"disk-full"');
    expect(node.memory.stored.size).toBe(0);
  });

  /** A put that is refused at once, whose client sends `bytes` bytes all the same. */
  const refusedPut = async (bytes: number) => {
    const socket = await rawSocket();
    const said = { text: '' };
    // Being cut off in the middle of a write is one of the ends that are expected.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      said.text += String(chunk);
    });
    socket.write(`PUT ${FILES}/a HTTP/1.1\r\nhost: localhost\r\nif-match: *\r\ncontent-length: ${bytes}\r\n\r\n`);
    await expect.poll(() => said.text, { timeout: 5_000 }).toContain('"malformed"');
    socket.write(Buffer.alloc(bytes));
    return { socket, said, closed: once(socket, 'close') };
  };

  it('is refused, and a rest at the limit is dropped so that the connection lives on', async () => {
    const { socket, said, closed } = await refusedPut(LIMITS.discardBytesMax);
    socket.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await closed;
    expect(said.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  it('is refused, and a rest one byte beyond the limit closes the connection', async () => {
    const { said, closed } = await refusedPut(LIMITS.discardBytesMax + 1);
    await closed;
    expect(said.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('does not read the body faster than it is stored', async () => {
    let release = (): void => undefined;
    node.memory.onWrite = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    const put = open('PUT', `${FILES}/a`, { headers: { 'content-length': 64 * MIB } });
    let taken = 0;
    const failed = once(put, 'error');
    const chunk = Buffer.alloc(MIB);
    // Writes until the sockets' buffers are full and nothing drains any more.
    while (taken < 64 && (put.write(chunk) || (await Promise.race([once(put, 'drain'), pause(300)])) !== 'paused'))
      taken += 1;
    expect(taken).toBeLessThan(32);
    put.destroy(new Error('enough'));
    release();
    await failed;
  });

  it('leaves nothing behind when its client goes away, and tells the storing side at once', async () => {
    const cancelled = new Promise<unknown>((resolve) => {
      node.memory.onWrite = (_bytes, signal) => signal?.addEventListener('abort', () => resolve(signal.reason));
    });
    const socket = await rawSocket();
    socket.write(`PUT ${FILES}/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${MIB}\r\n\r\nhalf of it`);
    socket.write('more');
    setImmediate(() => socket.destroy());
    expect(await cancelled).toMatchObject({ code: 'cancelled' });
    const head = open('HEAD', `${FILES}/a`);
    head.end();
    expect(((await once(head, 'response')) as [IncomingMessage])[0].statusCode).toBe(404);
  });

  it.each([
    ['a declared length', `content-length: ${MIB}`, 'half of it'],
    ['chunks', 'transfer-encoding: chunked', '5\r\nhello\r\n'],
  ])('that ends before %s said so is not stored', async (_what, header, body) => {
    const socket = await rawSocket();
    socket.end(`PUT ${FILES}/a HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n${body}`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).not.toContain('HTTP/1.1 20');
    expect(node.memory.stored.size).toBe(0);
  });
});

describe('a get', () => {
  const store = async (bytes: Buffer): Promise<void> => {
    const put = open('PUT', `${FILES}/a`);
    put.end(bytes);
    const [reply] = (await once(put, 'response')) as [IncomingMessage];
    reply.resume();
    expect(reply.statusCode).toBe(201);
  };

  it('that fails in the middle breaks the connection, so that nobody takes the part for the whole', async () => {
    await store(Buffer.alloc(MIB, 'x'));
    node.memory.onRead = (offset) => {
      if (offset > MIB / 2) throw new Fault('corrupt');
    };
    const get = open('GET', `${FILES}/a`);
    get.end();
    const [reply] = (await once(get, 'response')) as [IncomingMessage];
    expect([reply.statusCode, reply.headers['content-length']]).toEqual([200, String(MIB)]);
    await expect(bodyOf(reply)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(reply.complete).toBe(false);
  });

  it('whose pieces are shorter than its map says breaks the connection too', async () => {
    await store(Buffer.alloc(MIB, 'x'));
    const [file] = node.memory.stored.values();
    if (file !== undefined) node.memory.stored.set(file.info.id, { ...file, bytes: file.bytes.subarray(0, MIB - 1) });
    const get = open('GET', `${FILES}/a`);
    get.end();
    const [reply] = (await once(get, 'response')) as [IncomingMessage];
    await expect(bodyOf(reply)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('stops reading when its client goes away', async () => {
    await store(Buffer.alloc(MIB, 'x'));
    const gone = new Promise<unknown>((resolve) => {
      node.memory.onRead = async (offset, signal) => {
        if (offset === 0) return;
        await new Promise((wake) => signal?.addEventListener('abort', wake));
        resolve(signal?.reason);
      };
    });
    const get = open('GET', `${FILES}/a`);
    get.end();
    const [reply] = (await once(get, 'response')) as [IncomingMessage];
    reply.destroy();
    expect(await gone).toMatchObject({ code: 'cancelled' });
  });
});

it('answers bytes that are no HTTP with a problem', async () => {
  const socket = await rawSocket();
  socket.write('{"msg":null}\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"malformed"/s);
});

function pause(ms: number): Promise<'paused'> {
  return new Promise((resolve) => setTimeout(() => resolve('paused'), ms));
}
