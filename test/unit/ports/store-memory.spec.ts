import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '../../../src/contract/errors.ts';
import { frozenJson } from '../../../src/contract/frozen-json.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Write } from '../../../src/contract/ports.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { storeCompliance } from '../../compliance/store.ts';

storeCompliance('the disk in memory', async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk();
  let store = disk.open({ clock });
  return {
    get store() {
      return store;
    },
    settle: async (promise) => {
      await clock.advance(5);
      return promise;
    },
    reopen: async () => {
      await store.close();
      store = disk.open({ clock });
      return store;
    },
    dispose: () => store.close(),
  };
});

const fact = (key: string, value: number | string): Write => ({ table: 'facts', key, value });
const shard = (key: string, length: number): Write => ({ table: 'shards', key, bytes: new Uint8Array(length) });
const remove = (key: string): Write => ({ table: 'shards', key, remove: true });

/** What became of a promise so far: its value, the code of its fault, or nothing yet. */
function watch(promise: Promise<void>): { code?: string } {
  const seen: { code?: string } = {};
  promise.then(
    () => {
      seen.code = 'kept';
    },
    (error) => {
      seen.code = isFault(error) ? error.code : String(error);
    },
  );
  return seen;
}

describe('the disk in memory', () => {
  it('flushes a group at once, when its time has come', async () => {
    const clock = new VirtualClock();
    const store = new MemoryDisk().open({ clock, flushMs: 10 });
    const first = watch(store.commit([fact('a', 1)]));
    await clock.advance(9);
    const second = watch(store.commit([fact('b', 1)]));
    await clock.advance(0.5);
    expect([first.code, second.code, store.get('facts', 'a')]).toEqual([undefined, undefined, undefined]);
    await clock.advance(0.5);
    expect([first.code, second.code, store.get('facts', 'b')]).toEqual(['kept', 'kept', 1]);
    expect(clock.pending).toBe(0);
  });

  it('loses in a crash exactly what was not acknowledged', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), keys: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 12 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const clock = new VirtualClock();
        const disk = new MemoryDisk();
        const acknowledged = new Set<string>();
        let store = disk.open({ clock, flushMs: 5 });
        for (const [index, now] of [...steps, { do: 'crash' as const }].entries()) {
          if (now.do === 'advance') await clock.advance(now.ms);
          if (now.do === 'commit') {
            const keys = Array.from({ length: now.keys }, (_, n) => `${index}/${n}`);
            void store.commit(keys.map((key) => fact(key, index))).then(() => {
              for (const key of keys) acknowledged.add(key);
            });
          }
          if (now.do === 'crash') {
            disk.crash();
            store = disk.open({ clock, flushMs: 5 });
            await clock.advance(20);
            expect(new Set([...store.range('facts')].map(([key]) => key))).toEqual(acknowledged);
          }
        }
      }),
    );
  });

  it('is used by one store at a time, and a dead one is of no use', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    const lost = watch(store.commit([fact('a', 1)]));
    expect(() => disk.open({ clock })).toThrow('Another process');
    store.crash();
    const next = disk.open({ clock });
    expect(() => store.has('facts', 'a')).toThrow('closed');
    await clock.advance(10);
    expect([lost.code, next.has('facts', 'a'), clock.pending]).toEqual([undefined, false, 0]);
  });

  it('is full at its capacity, all or nothing, and takes puts again after a removal', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    disk.capacityBytes = 1000;
    const store = disk.open({ clock });
    const attempt = async (...writes: Write[]): Promise<string | undefined> => {
      const outcome = watch(store.commit(writes));
      await clock.advance(5);
      return outcome.code;
    };
    expect(await attempt(shard('a', 499), shard('b', 499))).toBe('kept');
    expect([disk.usedBytes, store.full]).toEqual([1000, false]);
    expect(await attempt(remove('a'), fact('x', 1), shard('c', 499))).toBe('disk-full');
    expect([store.full, store.has('shards', 'a'), store.has('facts', 'x')]).toEqual([true, true, false]);
    expect(await attempt(shard('a', 1))).toBe('disk-full');
    expect(await attempt(remove('a'))).toBe('kept');
    expect(store.full).toBe(false);
    expect(await attempt(shard('c', 498), shard('c', 499))).toBe('kept');
    expect(disk.usedBytes).toBe(1000);
  });

  it('is asked again once in a while when it was full, so that room that came by itself is noticed', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock, flushMs: 0 });
    disk.capacityBytes = 10;
    const attempt = async (): Promise<string | undefined> => {
      const outcome = watch(store.commit([shard('a', 99)]));
      await clock.advance(1);
      return outcome.code;
    };
    expect(await attempt()).toBe('disk-full');
    disk.capacityBytes = 1_000;
    await clock.advance(LIMITS.storeRetryMs - 3);
    expect([await attempt(), store.full]).toEqual(['disk-full', true]);
    await clock.advance(2);
    expect([await attempt(), store.full]).toEqual(['kept', false]);
  });

  it('fails as told, once or more often', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    disk.failNext('internal', 2);
    const outcomes = [1, 2, 3].map((n) => watch(store.commit([fact('n', n)])));
    await clock.advance(5);
    expect(outcomes.map(({ code }) => code)).toEqual(['internal', 'internal', 'kept']);
    disk.failNext('disk-full');
    const full = watch(store.commit([fact('n', 4)]));
    await clock.advance(5);
    expect([full.code, store.full, store.get('facts', 'n')]).toEqual(['disk-full', true, 3]);
  });

  it('may be slow, and rot', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock, flushMs: 1 });
    disk.slow(100);
    const outcome = watch(store.commit([shard('a', 3)]));
    await clock.advance(100);
    expect(outcome.code).toBeUndefined();
    await clock.advance(1);
    expect(outcome.code).toBe('kept');
    expect([disk.corrupt('a'), disk.corrupt('b')]).toEqual([true, false]);
    expect(store.bytes('a')).toEqual(Uint8Array.of(0, 1, 0));
  });

  it.each([
    ['before', []],
    ['torn', ['a', 'b']],
    ['after', ['a', 'b', 'c', 'd']],
  ] as const)('keeps of a group whose process dies %s its flush: %j, and answers nobody', async (point, kept) => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    const deaths: string[] = [];
    disk.dieAt(point, () => {
      deaths.push(point);
      disk.crash();
    });
    const groups = [['a'], ['b'], ['c', 'd'], []].map((keys) => keys.map((key) => fact(key, 1)));
    const outcomes = groups.map((writes) => watch(store.commit(writes)));
    await clock.advance(50);
    const after = disk.open({ clock });
    expect([...after.range('facts')].map(([key]) => key)).toEqual(kept);
    expect(outcomes.map(({ code }) => code)).toEqual([undefined, undefined, undefined, undefined]);
    const next = watch(after.commit([fact('e', 1)]));
    await clock.advance(5);
    expect([next.code, deaths]).toEqual(['kept', [point]]);
  });

  it('forgets a death that was told it when the process dies before', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    disk.open({ clock });
    disk.dieAt('after', () => expect.fail('it is dead already'));
    disk.crash();
    disk.dieAt('before', () => expect.fail('it was let live'));
    disk.live();
    const outcome = watch(disk.open({ clock }).commit([fact('a', 1)]));
    await clock.advance(5);
    expect(outcome.code).toBe('kept');
  });

  it('loses in a crash what it lied about, and only that', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    let store = disk.open({ clock });
    const lost: boolean[] = [];
    const keep = async (...writes: Write[]): Promise<void> => {
      const outcome = watch(store.commit(writes));
      await clock.advance(5);
      expect(outcome.code).toBe('kept');
    };
    const crash = (): void => {
      lost.push(disk.crash());
      store = disk.open({ clock });
    };
    await keep(fact('a', 1), shard('s', 3));
    disk.lie();
    await keep(fact('a', 2), fact('b', 2), remove('s'));
    await keep(fact('a', 3));
    expect([store.get('facts', 'a'), store.has('shards', 's')]).toEqual([3, false]);
    crash();
    expect([store.get('facts', 'a'), store.has('facts', 'b'), store.has('shards', 's')]).toEqual([1, false, true]);
    await keep(fact('b', 4));
    disk.tellTruth();
    await keep(fact('c', 5));
    crash();
    expect([store.get('facts', 'b'), store.get('facts', 'c'), lost]).toEqual([4, 5, [true, false]]);
  });

  it('tells what reached it, commit by commit, before anybody is answered', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    const told: string[] = [];
    disk.onFlush = (writes) => told.push(writes.map(({ key }) => key).join());
    for (const keys of [['a', 'b'], ['c']]) {
      void store.commit(keys.map((key) => fact(key, 1))).then(() => told.push(`kept ${keys}`));
    }
    disk.failNext('internal');
    const failed = watch(store.commit([fact('d', 1)]));
    await clock.advance(5);
    expect([told, failed.code]).toEqual([['a,b', 'c', 'kept a,b', 'kept c'], 'internal']);
  });

  it('can be replaced by an empty one', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    void store.commit([fact('a', 1)]);
    await store.close();
    disk.wipe();
    expect([...disk.open({ clock }).range('facts')]).toEqual([]);
    expect(disk.usedBytes).toBe(0);
  });

  it('goes back to what it once was', async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = disk.open({ clock });
    void store.commit([fact('a', 1), shard('s', 2)]);
    await clock.advance(5);
    const backup = disk.snapshot();
    void store.commit([fact('a', 2), { table: 'shards', key: 's', remove: true }]);
    await clock.advance(5);
    expect(() => disk.restore(backup)).toThrow('Another process');
    await store.close();
    disk.restore(backup);
    const old = disk.open({ clock });
    expect([old.get('facts', 'a'), old.bytes('s')]).toEqual([1, new Uint8Array(2)]);
    void old.commit([fact('a', 3)]);
    await old.close();
    disk.restore(backup);
    expect(disk.open({ clock }).get('facts', 'a')).toBe(1);
  });

  it('takes as many commits and bytes as may wait, and not one more', async () => {
    const clock = new VirtualClock();
    const store = new MemoryDisk().open({ clock, commitsMax: 3, bytesMax: 100 });
    const outcomes = [60, 40, 1].map((length) => watch(store.commit([shard('s', length)])));
    await clock.advance(0);
    expect(outcomes.map(({ code }) => code)).toEqual([undefined, undefined, 'busy']);
    const more = [1, 2].map((n) => watch(store.commit([fact('n', n)])));
    await clock.advance(5);
    expect(more.map(({ code }) => code)).toEqual(['kept', 'busy']);
    const large = watch(store.commit([shard('s', 101)]));
    await clock.advance(5);
    expect(large.code).toBe('kept');
    expect(LIMITS.storePendingBytesMax).toBeGreaterThan(LIMITS.shardBytesMax);
  });
});

describe('frozenJson', () => {
  it('equals what JSON makes of a value, frozen to the bottom', () => {
    const frozenDeep = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozenDeep));
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const copy = frozenJson(value as never);
        expect(copy).toEqual(JSON.parse(JSON.stringify(value)));
        expect(frozenDeep(copy)).toBe(true);
        expect(frozenJson(copy)).toBe(copy);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps a member called __proto__, and refuses what is no JSON', () => {
    const tricky = JSON.parse('{"__proto__": {"a": 1}}');
    expect(JSON.stringify(frozenJson(tricky))).toBe('{"__proto__":{"a":1}}');
    for (const wrong of [1n, () => 1, new Map(), new Date(0)])
      expect(() => frozenJson(wrong as never)).toThrow(TypeError);
  });
});
