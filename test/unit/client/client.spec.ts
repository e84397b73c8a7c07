import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, connect, firstLive, isFault, nodeIdOfPem, presentedKey } from '../../../src/client/index.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';
import { idOf } from '../../twins/memory-node.ts';

const MIB = 1024 * 1024;

let node: HttpsNode;
let client: Client;

beforeEach(async () => {
  node = await httpsNode();
  client = connect({ url: node.url, pin: node.id });
});
afterEach(async () => {
  await client.close();
  await node.close();
});

const source = (...chunks: (string | Buffer)[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('files', () => {
  it('puts, gets, describes, lists, verifies and removes', async () => {
    const bytes = Buffer.alloc(2 * MIB + 7, 'peer');
    const progress: number[] = [];
    const receipt = await client.put(source(bytes.subarray(0, MIB), bytes.subarray(MIB)), {
      name: 'a/ü%2F.bin',
      bytes: bytes.length,
      onProgress: ({ bytes: sent }) => progress.push(sent),
    });
    expect(receipt).toMatchObject({ name: 'a/ü%2F.bin', bytes: bytes.length, shards: 3, version: 1, created: true });
    expect(progress).toEqual([MIB, bytes.length]);

    const { info, body } = await client.get('a/ü%2F.bin');
    const { created: _created, ...file } = receipt;
    expect(info).toEqual(file);
    expect((await read(body)).equals(bytes)).toBe(true);
    expect(await client.head(receipt.id)).toEqual(file);
    expect(await client.list({ prefix: 'a/', limit: 1 })).toEqual({ files: [file], next: null });
    expect(await client.verify(receipt.id)).toMatchObject({ ok: true, shards: 3 });
    expect(await client.remove('a/ü%2F.bin')).toEqual(file);
    await expect(client.head(receipt.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('puts without a name and without a known length', async () => {
    const receipt = await client.put(source('x'), {});
    expect(receipt.name).toBe(receipt.id);
    expect((await client.put(source(), { name: 'empty', bytes: 0 })).bytes).toBe(0);
    expect(await read((await client.get('empty')).body)).toEqual(Buffer.alloc(0));
  });

  it('tells a new file from the next version', async () => {
    expect((await client.put(source('1'), { name: 'a' })).created).toBe(true);
    expect(await client.put(source('2'), { name: 'a' })).toMatchObject({ created: false, version: 2 });
  });

  it('brings the code of a refusal that comes while the body is still on its way', async () => {
    await client.put(source('1'), { name: 'a' });
    const endless = async function* () {
      for (;;) yield Buffer.alloc(64 * 1024);
    };
    await expect(client.put(endless(), { name: 'a', ifAbsent: true })).rejects.toMatchObject({
      code: 'already-exists',
    });
  });

  it('fails with `truncated` when the source has another length than was said', async () => {
    await expect(client.put(source('abc'), { name: 'a', bytes: 5 })).rejects.toMatchObject({ code: 'truncated' });
    await expect(client.put(source('abc'), { name: 'a', bytes: 2 })).rejects.toMatchObject({ code: 'truncated' });
    expect(node.memory.stored.size).toBe(0);
  });

  it('fails with what its source fails with', async () => {
    const broken = async function* () {
      yield Buffer.from('x');
      throw new RangeError('no more');
    };
    await expect(client.put(broken(), { name: 'a' })).rejects.toThrow(RangeError);
    expect(node.memory.stored.size).toBe(0);
  });

  it('can be cancelled, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const slow = async function* () {
      yield Buffer.from('x');
      controller.abort();
      await new Promise(() => undefined);
    };
    await expect(client.put(slow(), { name: 'a', signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(node.memory.stored.size).toBe(0);
  });

  it('fails with `unreachable` when a body breaks off, never short', async () => {
    await client.put(source(Buffer.alloc(MIB)), { name: 'a' });
    node.memory.onRead = (offset) => {
      if (offset > 0) throw new Fault('corrupt');
    };
    const { body } = await client.get('a');
    await expect(read(body)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/after \d+ of/),
    });
  });
});

describe('the organism', () => {
  it('asks for its status, invites, halts and leaves', async () => {
    expect(await client.status()).toEqual(node.memory.statusNow);
    expect(await client.invite({ uses: 4 })).toBe('token-1');
    expect(await client.halt()).toBe(1);
    expect(await client.leave()).toBe(node.id);
    expect(await client.ready()).toBe(true);
    node.memory.readyNow = false;
    expect(await client.ready()).toBe(false);
  });

  it('brings the code of HEAD too, which has no body', async () => {
    await expect(client.head('nothing')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('trust', () => {
  it('refuses a node with another key, again and again, before it sends anything', async () => {
    const other = connect({ url: node.url, pin: idOf('somebody else') });
    for (const _ of [1, 2]) {
      await expect(other.put(source('secret'), { name: 'a' })).rejects.toMatchObject({
        code: 'wrong-key',
        message: expect.stringContaining(node.id),
      });
    }
    expect(node.memory.stored.size).toBe(0);
    await other.close();
  });

  it('goes on trusting the right one over many connections', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => client.status()));
    expect(replies).toHaveLength(8);
  });

  it('can trust a certificate instead, and tell a node by it', async () => {
    expect(nodeIdOfPem(node.cert)).toBe(node.id);
    const byName = connect({ url: `https://localhost:${node.port}`, ca: node.cert });
    expect(await byName.ready()).toBe(true);
    await byName.close();
    const stranger = await httpsNode();
    const wrong = connect({ url: `https://localhost:${stranger.port}`, ca: node.cert });
    await expect(wrong.ready()).rejects.toMatchObject({ code: 'wrong-key' });
    await wrong.close();
    await stranger.close();
  });

  it('shows whose key an address presents', async () => {
    expect(await presentedKey(node.url)).toBe(node.id);
    await expect(presentedKey('https://127.0.0.1:1')).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('firstLive', () => {
  let second: HttpsNode;
  const dead = { id: idOf('dead'), url: 'https://127.0.0.1:1' };
  beforeAll(async () => {
    second = await httpsNode();
  });
  afterAll(() => second.close());

  it('takes the first that is ready', async () => {
    const chosen = await firstLive([dead, node, second]);
    expect(chosen.url).toBe(node.url);
    await chosen.close();
  });

  it('prefers a ready one to one that starts, and takes the latter where there is no other', async () => {
    node.memory.readyNow = false;
    const chosen = await firstLive([node, second]);
    expect(chosen.url).toBe(second.url);
    const only = await firstLive([dead, node]);
    expect(only.url).toBe(node.url);
    await Promise.all([chosen.close(), only.close()]);
  });

  it('says when none answers, and when somebody else does', async () => {
    await expect(firstLive([dead, dead])).rejects.toSatisfy((error) => isFault(error, 'unreachable'));
    const impostor = { id: dead.id, url: node.url };
    await expect(firstLive([dead, impostor])).rejects.toMatchObject({ code: 'wrong-key' });
  });
});
