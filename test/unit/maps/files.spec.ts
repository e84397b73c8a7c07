import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { isId, sha256Hex } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { chunks, codeOf, collect, content, Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.clock.advance(1);
});

/** Lets virtual time pass until the promise is settled; promises that wait for no clock get their turns as well. */
async function run<T>(promise: Promise<T>): Promise<T> {
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
  };
  promise.then(close, close);
  for (let passed = 0; isOpen && passed < 60_000; passed += 50) {
    await new Promise(setImmediate);
    await desk.clock.advance(50);
  }
  return promise;
}

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

describe('a put', () => {
  it('under a taken name is the next version of the same file', async () => {
    const first = await desk.put(content(150, 1), 'name');
    const second = await desk.put(content(250, 2), 'name');
    expect(second).toMatchObject({ id: first.id, version: 2, created: false });
    expect(await desk.read('name')).toEqual(content(250, 2));
  });

  it('tells what came before it', async () => {
    const { id } = await desk.put(content(10, 1), 'name');
    const before = desk.registers.rows.get(`head:${id}`)?.value as { previous: unknown };
    await desk.put(content(10, 2), 'name');
    const after = desk.registers.rows.get(`head:${id}`)?.value as { previous: unknown };
    expect(before.previous).toBeNull();
    expect(after.previous).toMatch(/^[0-9a-f]{64}$/);
  });

  it('only where the name is free stores nothing where it is taken', async () => {
    await desk.put(content(150), 'name');
    const { puts } = desk.shards;
    const again = desk.files.put(chunks(content(300)), { name: 'name', ifAbsent: true });
    expect(await codeOf(again)).toBe('already-exists');
    expect(desk.shards.puts).toBe(puts);
  });

  it('only where the name is free fails where it is taken meanwhile', async () => {
    desk.shards.beforePut = async (count) => {
      if (count === 2) await desk.put(content(10), 'name');
    };
    const put = desk.files.put(chunks(content(300)), { name: 'name', ifAbsent: true });
    expect(await codeOf(run(put))).toBe('already-exists');
  });

  it('at the same time as another one of the name makes one the version after the other', async () => {
    const [a, b, c] = await run(Promise.all([1, 2, 3].map((salt) => desk.put(content(150, salt), 'name'))));
    expect(new Set([a?.id, b?.id, c?.id]).size).toBe(1);
    expect([a?.version, b?.version, c?.version].sort()).toEqual([1, 2, 3]);
    expect([a, b, c].filter((receipt) => receipt?.created).length).toBe(1);
  });

  it('gives up after so many conflicts', async () => {
    let attempts = 0;
    desk.registers.beforeSet = () => {
      attempts += 1;
      return 'conflict';
    };
    expect(await codeOf(run(desk.put(content(10), 'name')))).toBe('conflict');
    expect(attempts).toBe(LIMITS.fileAttemptsMax);
  });

  it('whose answer was lost is not done twice', async () => {
    desk.registers.answersLost = 1;
    expect(await run(desk.put(content(10), 'name'))).toMatchObject({ version: 1, created: true });
    expect((desk.registers.rows.get('name:name')?.version ?? 0) > 0).toBe(true);
    expect(await desk.files.open('name')).toMatchObject({ version: 1 });
  });

  it.each(['', 'a//b', 'a\u0000', 'b'.repeat(52)])(
    'under the name %j is refused before anything is read',
    async (name) => {
      let asked = false;
      const source = (async function* () {
        asked = true;
        yield content(10);
      })();
      expect(await codeOf(desk.files.put(source, { name }))).toBe('bad-name');
      expect(asked).toBe(false);
    },
  );

  it('that ends before what was declared is truncated, and one that goes on too large; neither is visible', async () => {
    expect(await codeOf(desk.files.put(chunks(content(250)), { name: 'x', bytes: 251 }))).toBe('truncated');
    expect(await codeOf(desk.files.put(chunks(content(250)), { name: 'x', bytes: 249 }))).toBe('too-large');
    expect(desk.registers.rows.size).toBe(0);
    await desk.files.put(chunks(content(250)), { name: 'x', bytes: 250 });
  });

  it('that is declared larger than a map can hold is refused at once', async () => {
    const limit = LIMITS.filePagesMax * LIMITS.pageEntriesMax * 100;
    const nothing = (async function* () {})();
    expect(await codeOf(desk.files.put(nothing, { name: 'x', bytes: limit + 1 }))).toBe('too-large');
    expect(await codeOf(desk.files.put(nothing, { name: 'x', bytes: limit }))).toBe('truncated');
  });

  it('whose source breaks leaves nothing visible, and can be done again', async () => {
    const broken = (async function* () {
      yield content(250);
      throw new Error('connection reset');
    })();
    expect(await codeOf(desk.files.put(broken, { name: 'x' }))).toBe('truncated');
    expect((await desk.files.list()).files).toEqual([]);
    expect(await codeOf(desk.files.open('x'))).toBe('not-found');
    expect(desk.shards.rows.size).toBe(2);
    await desk.put(content(250), 'x');
    expect(desk.shards.rows.size).toBe(3);
    expect(await desk.read('x')).toEqual(content(250));
  });

  it('is cancelled while its source says nothing', async () => {
    const abort = new AbortController();
    const silent = (async function* () {
      yield content(150);
      await new Promise(() => undefined);
    })();
    const put = codeOf(desk.files.put(silent, { name: 'x', signal: abort.signal }));
    await new Promise(setImmediate);
    abort.abort();
    expect(await put).toBe('cancelled');
    expect(desk.registers.rows.size).toBe(0);
  });

  it('ends with what a shard fails with, even while its source says nothing', async () => {
    desk.shards.beforePut = (count) => {
      if (count === 2) throw new Fault('disk-full');
    };
    const silent = (async function* () {
      yield content(250);
      await new Promise(() => undefined);
    })();
    expect(await codeOf(desk.files.put(silent, { name: 'x' }))).toBe('disk-full');
    expect(desk.shards.open).toBe(0);
  });

  it('tells its progress', async () => {
    const told: number[] = [];
    await desk.files.put(chunks(content(450)), { name: 'x', onProgress: ({ bytes }) => told.push(bytes) });
    expect(told.at(-1)).toBe(450);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('keeps no more than its window in memory, however long the stream', async () => {
    const shardBytes = 1_048_576;
    desk = new Desk({ shardBytes, hasher: () => sha256Hex('the same') });
    await desk.clock.advance(1);
    desk.shards.forgets = true;
    let made = 0;
    let most = 0;
    desk.shards.beforePut = async () => {
      most = Math.max(most, made - (desk.shards.puts - desk.shards.open) * shardBytes);
      await new Promise(setImmediate);
    };
    const chunk = new Uint8Array(shardBytes / 2);
    const pieceCount = 128;
    const source = (async function* () {
      for (let index = 0; index < pieceCount * 2; index++) {
        made += chunk.byteLength;
        yield chunk;
      }
    })();
    const { bytes } = await desk.files.put(source, { name: 'long' });
    expect(bytes).toBe(pieceCount * shardBytes);
    expect(desk.shards.mostOpen).toBe(LIMITS.putWindow);
    expect(most).toBeLessThanOrEqual(LIMITS.putWindow * shardBytes);
  });

  it('waits for names that a pool works out in another order', async () => {
    let turn = 0;
    desk = new Desk({
      hasher: async (bytes) => {
        turn += 1;
        for (let wait = (turn * 7) % 5; wait > 0; wait--) await new Promise(setImmediate);
        return sha256Hex(bytes);
      },
    });
    await desk.clock.advance(1);
    await desk.put(content(3_050), 'x');
    expect(await desk.read('x')).toEqual(content(3_050));
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

describe('a removal', () => {
  it('takes name and head away together, by name or by id', async () => {
    const byName = await desk.put(content(10), 'one');
    const byId = await desk.put(content(10), 'two');
    expect(await desk.files.remove('one')).toMatchObject({ id: byName.id, name: 'one' });
    expect(await desk.files.remove(byId.id)).toMatchObject({ id: byId.id, name: 'two' });
    expect(desk.registers.rows.size).toBe(0);
    expect(await codeOf(desk.files.remove('one'))).toBe('not-found');
  });

  it('leaves the name to a file with another id', async () => {
    const first = await desk.put(content(10), 'name');
    await desk.files.remove('name');
    const second = await desk.put(content(10), 'name');
    expect(second).toMatchObject({ version: 1, created: true });
    expect(second.id).not.toBe(first.id);
  });

  it('whose answer was lost succeeds', async () => {
    await desk.put(content(10), 'name');
    desk.registers.answersLost = 1;
    expect(await run(desk.files.remove('name'))).toMatchObject({ name: 'name' });
  });

  it('against a put of the name ends with one of both', async () => {
    await desk.put(content(10, 1), 'name');
    let raced = false;
    desk.registers.beforeSet = () => {
      if (raced) return undefined;
      raced = true;
      void desk.put(content(10, 2), 'name');
      return 'conflict';
    };
    await run(desk.files.remove('name'));
    expect([0, 2]).toContain(desk.registers.rows.size);
  });
});

describe('a listing', () => {
  beforeEach(async () => {
    for (const name of ['b/2', 'a', 'b/1', 'c', 'ä']) await desk.put(content(10), name);
  });

  it('ascends by name and can be taken in pages', async () => {
    expect((await desk.files.list()).files.map(({ name }) => name)).toEqual(['a', 'b/1', 'b/2', 'c', 'ä']);
    const names: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof desk.files.list>> = await desk.files.list({
        limit: 2,
        ...(after === null ? {} : { after }),
      });
      names.push(...page.files.map(({ name }) => name));
      after = page.next;
      pages += 1;
    } while (after !== null);
    expect(names).toEqual(['a', 'b/1', 'b/2', 'c', 'ä']);
    expect(pages).toBe(3);
  });

  it('can be narrowed to a prefix', async () => {
    expect((await desk.files.list({ prefix: 'b/' })).files.map(({ name }) => name)).toEqual(['b/1', 'b/2']);
    expect(await desk.files.list({ prefix: 'z' })).toEqual({ files: [], next: null });
  });

  it('has pages of at most its limit', async () => {
    expect(await codeOf(desk.files.list({ limit: LIMITS.filesPageMax }))).toBe('none');
    for (const limit of [0, LIMITS.filesPageMax + 1, 1.5])
      expect(await codeOf(desk.files.list({ limit }))).toBe('malformed');
  });

  it('leaves out a head that is none, and says so in the log', async () => {
    const { id } = await desk.files.open('c');
    const row = desk.registers.rows.get(`head:${id}`);
    desk.registers.rows.set(`head:${id}`, { ...(row as NonNullable<typeof row>), value: { v: 9 } });
    expect((await desk.files.list()).files.map(({ name }) => name)).toEqual(['a', 'b/1', 'b/2', 'ä']);
    expect(desk.log.lines.at(-1)).toMatchObject({ event: 'file.unlisted' });
  });
});

describe('a verification', () => {
  it('has all copies of all shards and pages read', async () => {
    const { id } = await desk.put(content(102_400 + 50), 'x');
    const report = await desk.files.verify('x');
    const distinct = desk.shards.rows.size;
    expect(report).toEqual({
      id,
      name: 'x',
      shards: LIMITS.pageEntriesMax + 1,
      bytes: 102_450,
      ok: true,
      copies: { good: distinct * 2, bad: 0 },
      missing: [],
    });
  });

  it('tells bad copies from missing shards', async () => {
    await desk.put(content(400), 'x');
    const [first, second] = [...desk.shards.rows.keys()] as [string, string];
    desk.shards.damaged.add(first);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, copies: { good: 7, bad: 1 }, missing: [] });
    desk.shards.rows.delete(second);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, copies: { good: 5, bad: 1 }, missing: [second] });
  });

  it('audits so many shards at once, and lists so many missing ones by name', async () => {
    const shards = LIMITS.missingListed + 1;
    await desk.put(
      Uint8Array.from({ length: shards * 100 }, (_, index) => Math.floor(index / 100) >>> ((index % 2) * 8)),
      'x',
    );
    const pages = new Set(
      desk.registers
        .list({ prefix: 'head:', limit: 1 })
        .flatMap(({ value }) => (value as { entries: string[] }).entries),
    );
    for (const hash of desk.shards.rows.keys()) if (!pages.has(hash)) desk.shards.rows.delete(hash);
    let open = 0;
    let most = 0;
    desk.shards.beforeAudit = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
    };
    const report = await desk.files.verify('x');
    expect(report).toMatchObject({ ok: false, shards, copies: { good: 2, bad: 0 } });
    expect(report.missing.length).toBe(LIMITS.missingListed);
    expect(most).toBe(LIMITS.auditWindow);
  });

  it('names a missing page, and goes on with the others', async () => {
    await desk.put(content(204_800), 'x');
    const { value } = [...desk.registers.rows.values()].find(({ key }) => key.startsWith('head:')) as {
      value: unknown;
    };
    const [page] = (value as { entries: string[] }).entries as [string];
    desk.shards.rows.delete(page);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, missing: [page] });
  });
});

describe('the mode', () => {
  it.each([
    ['a lost leader', 'pulse.sovereignty', { sovereign: false }, 'provisional', 'no-authority'],
    ['a halt', 'node.halted', { by: 'a' }, 'still', 'stopping'],
    ['leaving', 'node.leaving', {}, 'leaving', 'stopping'],
  ] as const)('after %s lets nobody write', async (_what, kind, body, mode, code) => {
    await desk.put(content(150), 'x');
    desk.bus.publish({ kind, body });
    await desk.clock.advance(1);
    expect(desk.system.mode('maps')).toBe(mode);
    const { puts } = desk.shards;
    expect(await codeOf(desk.put(content(150, 1), 'y'))).toBe(code);
    expect(await codeOf(desk.files.remove('x'))).toBe(code);
    expect(desk.shards.puts).toBe(puts);
    expect(await desk.read('x')).toEqual(content(150));
    expect((await desk.files.list()).files.length).toBe(1);
  });

  it('is serving again with the next leader, or when the node may not leave', async () => {
    await desk.sovereign(false);
    await desk.sovereign(true);
    expect(desk.system.mode('maps')).toBe('serving');
    desk.bus.emit('node.leaving', {});
    desk.bus.publish({ kind: 'consensus.refused', body: { code: 'refused', detail: null } });
    await desk.clock.advance(1);
    expect(desk.system.mode('maps')).toBe('serving');
    await desk.put(content(10), 'x');
  });

  it('that changes during a put keeps its name from being written', async () => {
    desk.shards.beforePut = async (count) => {
      if (count === 2) await desk.sovereign(false);
    };
    expect(await codeOf(desk.put(content(300), 'x'))).toBe('no-authority');
    expect(desk.registers.rows.size).toBe(0);
  });

  it('takes shard sizes within the limits only', () => {
    expect(() => new Desk({ shardBytes: LIMITS.shardBytesMax })).not.toThrow();
    for (const shardBytes of [0, LIMITS.shardBytesMax + 1]) expect(() => new Desk({ shardBytes })).toThrow(RangeError);
  });
});

it('collects nothing of an empty stream', async () => {
  expect(await collect(chunks(new Uint8Array(0)))).toEqual(new Uint8Array(0));
});
