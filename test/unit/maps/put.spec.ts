import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { chunks, codeOf, content, Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.clock.advance(1);
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
    expect(await codeOf(desk.run(put))).toBe('already-exists');
  });

  it('at the same time as another one of the name makes one the version after the other', async () => {
    const [a, b, c] = await desk.run(Promise.all([1, 2, 3].map((salt) => desk.put(content(150, salt), 'name'))));
    expect(new Set([a?.id, b?.id, c?.id]).size).toBe(1);
    expect([a?.version, b?.version, c?.version].sort()).toEqual([1, 2, 3]);
    expect([a, b, c].filter((receipt) => receipt?.created).length).toBe(1);
  });

  it('comes back to a leader that was busy, but not to a full disk, which somebody has to make room on', async () => {
    const told = new Map<string, number>();
    for (const code of ['busy', 'disk-full'] as const) {
      desk.registers.beforeSet = () => {
        told.set(code, (told.get(code) ?? 0) + 1);
        return told.get(code) === 3 ? undefined : code;
      };
      expect(await codeOf(desk.run(desk.put(content(10), code)))).toBe(code === 'busy' ? 'none' : code);
    }
    expect([...told]).toEqual([
      ['busy', 3],
      ['disk-full', 1],
    ]);
  });

  it('gives up after so many conflicts', async () => {
    let attempts = 0;
    desk.registers.beforeSet = () => {
      attempts += 1;
      return 'conflict';
    };
    expect(await codeOf(desk.run(desk.put(content(10), 'name')))).toBe('conflict');
    expect(attempts).toBe(LIMITS.fileAttemptsMax);
  });

  it('whose answer was lost is not done twice', async () => {
    desk.registers.answersLost = 1;
    expect(await desk.run(desk.put(content(10), 'name'))).toMatchObject({ version: 1, created: true });
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
    desk = new Desk({ shardBytes });
    await desk.clock.advance(1);
    desk.shards.forgets = true;
    desk.shards.hasher = () => sha256Hex('the same');
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

  it('has its shards in order, though a pool works out their names in another one', async () => {
    let turn = 0;
    desk.shards.hasher = async (bytes) => {
      turn += 1;
      for (let wait = (turn * 7) % 5; wait > 0; wait--) await new Promise(setImmediate);
      return sha256Hex(bytes);
    };
    await desk.put(content(3_050), 'x');
    expect(await desk.read('x')).toEqual(content(3_050));
  });
});
