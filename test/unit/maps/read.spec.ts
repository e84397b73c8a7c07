import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isId, sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { chunks, codeOf, collect, content, Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.clock.advance(1);
});

describe('a file', () => {
  it('comes back as it was put, by its name and by its id', async () => {
    const receipt = await desk.put(content(1_234), 'a/b.bin');
    expect(receipt).toEqual({
      id: expect.any(String),
      name: 'a/b.bin',
      bytes: 1_234,
      shards: 13,
      version: 1,
      storedAt: '2025-01-01T00:00:00.001Z',
      etag: sha256Hex(content(1_234)),
      created: true,
    });
    expect(isId(receipt.id)).toBe(true);
    for (const key of ['a/b.bin', receipt.id]) expect(await desk.read(key)).toEqual(content(1_234));
    const { read: _, ...info } = await desk.files.open('a/b.bin');
    const { created: _created, ...told } = receipt;
    expect(info).toEqual(told);
  });

  it('of any size does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 900 }), async (size, step) => {
        const { id, shards } = await desk.files.put(chunks(content(size), step), {});
        expect(shards).toBe(Math.ceil(size / 100));
        expect(await desk.read(id)).toEqual(content(size));
      }),
      { numRuns: 50 },
    );
  });

  it('without a byte is a file', async () => {
    const { shards, etag } = await desk.put(new Uint8Array(0), 'empty');
    expect({ shards, etag }).toEqual({ shards: 0, etag: sha256Hex('') });
    expect(await desk.read('empty')).toEqual(new Uint8Array(0));
  });

  it('without a name has its id for one', async () => {
    const { id, name } = await desk.put(content(10));
    expect(name).toBe(id);
    expect((await desk.files.list()).files.map((file) => file.name)).toEqual([id]);
  });

  it('with pages comes back as well', async () => {
    const { id, shards } = await desk.put(content(102_400 + 150), 'paged');
    expect(shards).toBe(LIMITS.pageEntriesMax + 2);
    expect(await desk.read(id)).toEqual(content(102_400 + 150));
  });

  it('that is not there is not found', async () => {
    expect(await codeOf(desk.files.open('nothing'))).toBe('not-found');
    expect(await codeOf(desk.files.open('a'.repeat(52)))).toBe('not-found');
    expect(await codeOf(desk.files.open('../etc'))).toBe('bad-name');
  });
});

describe('a read', () => {
  it('reads ahead as far as its window, and no further than somebody reads', async () => {
    await desk.put(content(1_500), 'x');
    const asked = new Set<string>();
    desk.shards.beforeGet = (hash) => void asked.add(hash);
    const reading = (await desk.files.open('x')).read()[Symbol.asyncIterator]();
    await reading.next();
    expect(asked.size).toBe(LIMITS.getWindow);
    await reading.next();
    expect(asked.size).toBe(LIMITS.getWindow + 1);
  });

  it('takes back what it read ahead when nobody wants more', async () => {
    await desk.put(content(1_000), 'x');
    const signals: AbortSignal[] = [];
    desk.shards.beforeGet = (_hash, { signal }) => {
      if (signal !== undefined) signals.push(signal);
      return signals.length === 1 ? undefined : new Promise(() => undefined);
    };
    for await (const _ of (await desk.files.open('x')).read()) break;
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('is cancelled by its signal', async () => {
    await desk.put(content(1_000), 'x');
    const abort = new AbortController();
    const reading = (await desk.files.open('x')).read({ signal: abort.signal })[Symbol.asyncIterator]();
    await reading.next();
    abort.abort();
    expect(await codeOf(reading.next())).toBe('cancelled');
  });

  it('fails where a piece is missing, after the pieces before it', async () => {
    await desk.put(content(1_000), 'x');
    desk.shards.rows.delete(sha256Hex(content(1_000).subarray(300, 400)));
    const got: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const piece of (await desk.files.open('x')).read()) got.push(piece.byteLength);
    };
    expect(await codeOf(reading())).toBe('not-found');
    expect(got).toEqual([100, 100, 100]);
  });

  it('goes on in a fragment without a leader, which can not say that something is not there', async () => {
    await desk.put(content(150), 'x');
    await desk.sovereign(false);
    expect(await desk.read('x')).toEqual(content(150));
    expect(await codeOf(desk.files.open('nothing'))).toBe('maybe-elsewhere');
  });

  it('of a head that somebody changed is corrupt', async () => {
    const { id } = await desk.put(content(150), 'x');
    const row = desk.registers.rows.get(`head:${id}`) as { key: string; value: object; version: number };
    desk.registers.rows.set(`head:${id}`, { ...row, value: { ...row.value, bytes: 151 } as never });
    expect(await codeOf(desk.files.open('x'))).toBe('corrupt');
    // A new put heals the name.
    expect(await desk.put(content(10), 'x')).toMatchObject({ id, version: 2 });
    expect(await desk.read('x')).toEqual(content(10));
  });
});

it('collects nothing of an empty stream', async () => {
  expect(await collect(chunks(new Uint8Array(0)))).toEqual(new Uint8Array(0));
});
