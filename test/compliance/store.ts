import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFault } from '../../src/contract/errors.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { RangeOptions, Store, Write } from '../../src/contract/ports.ts';
import type { Json } from '../../src/contract/words.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Lets a commit reach the disk: virtual time is advanced, real time passes by itself. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Closes the store and opens another one on the same disk. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

/** Keys in which every order but that of UTF-8 bytes goes wrong somewhere. */
const key = fc.oneof(
  fc.constantFrom('a', 'a/', 'a/b', 'b', '\u0000', '\u0004', '\u001b', 'ä', '\uffff', '\u{10ffff}', '\ud7ff', '\ue000'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', '/', '\u0001', 'é', '\u{1f600}', '\uffee'), minLength: 60, maxLength: 80 }),
);

type Command = { readonly key: string; readonly value: number | undefined };
const commits = fc.array(
  fc.array(fc.record({ key, value: fc.option(fc.nat(), { nil: undefined }) }), { maxLength: 5 }),
  { maxLength: 8 },
);
const ranges = fc.record(
  { prefix: fc.oneof(key, fc.constant('')), after: key, limit: fc.nat({ max: 5 }), reverse: fc.boolean() },
  { requiredKeys: [] },
);

/** What every Store must do. */
export function storeCompliance(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a Store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.dispose());
    const commit = (...writes: Write[]): Promise<void> => under.settle(under.store.commit(writes));
    const fact = (name: string, value: Json): Write => ({ table: 'facts', key: name, value });

    it('is empty at first', () => {
      expect(under.store.get('facts', 'a')).toBeUndefined();
      expect(under.store.bytes('a')).toBeUndefined();
      expect(under.store.has('shards', 'a')).toBe(false);
      expect([...under.store.range('log')]).toEqual([]);
      expect(under.store.full).toBe(false);
    });

    it('keeps records and shards apart, over a restart too', async () => {
      const value = { text: 'grün', list: [1, null, true, { deep: [] }], zero: 0 };
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index * 31);
      await commit(fact('a', value), { table: 'meta', key: 'a', value: null });
      await commit({ table: 'shards', key: 'a', bytes }, { table: 'shards', key: 'empty', bytes: new Uint8Array() });
      const check = (store: Store): void => {
        expect(store.get('facts', 'a')).toEqual(value);
        expect(store.get('meta', 'a')).toBeNull();
        expect(store.has('meta', 'a')).toBe(true);
        expect(store.get('registers', 'a')).toBeUndefined();
        expect(Buffer.compare(store.bytes('a') ?? Buffer.of(), bytes)).toBe(0);
        expect(store.bytes('empty')).toEqual(new Uint8Array());
        expect(store.has('shards', 'b')).toBe(false);
      };
      check(under.store);
      check(await under.reopen());
    });

    it('gives out bytes that are plain, exact and the caller’s own', async () => {
      await commit({ table: 'shards', key: 'a', bytes: new Uint8Array(100_000).fill(7) });
      const first = under.store.bytes('a') as Uint8Array;
      first.fill(1);
      const second = under.store.bytes('a') as Uint8Array;
      expect(second.every((byte) => byte === 7)).toBe(true);
      expect(Buffer.from(second.buffer, second.byteOffset, second.byteLength)).toHaveLength(100_000);
    });

    it('shares no value with whoever wrote or read it', async () => {
      const value = { list: [1] };
      const written = under.store.commit([fact('a', value)]);
      value.list.push(2);
      await under.settle(written);
      expect(under.store.get('facts', 'a')).toEqual({ list: [1] });
      const read = under.store.get('facts', 'a') as { list: number[] };
      const tamper = (): number => read.list.push(3);
      // A twin may hand out one frozen value to all, the disk a copy to each.
      if (Object.isFrozen(read.list)) expect(tamper).toThrow(TypeError);
      else tamper();
      expect(under.store.get('facts', 'a')).toEqual({ list: [1] });
    });

    it('keeps what JSON keeps', async () => {
      const odd = { absent: undefined, nothing: Number.NaN, minus: -0, list: [undefined] } as unknown as Json;
      await commit(fact('a', odd));
      expect(under.store.get('facts', 'a')).toEqual({ nothing: null, minus: 0, list: [null] });
    });

    it('shows a commit when it resolves, and settles commits in their order', async () => {
      const order: number[] = [];
      const all = [1, 2, 3].map((n) => under.store.commit([fact('n', n)]).then(() => order.push(n)));
      await under.settle(Promise.all(all));
      expect(order).toEqual([1, 2, 3]);
      expect(under.store.get('facts', 'n')).toBe(3);
    });

    it('takes the writes of a commit in their order', async () => {
      await commit(fact('a', 1), { table: 'facts', key: 'a', remove: true }, fact('b', 1), fact('b', 2));
      expect(under.store.has('facts', 'a')).toBe(false);
      expect(under.store.get('facts', 'b')).toBe(2);
    });

    it('takes an empty commit, and removals of what is not there', async () => {
      await commit();
      await commit({ table: 'shards', key: 'none', remove: true });
      expect(under.store.full).toBe(false);
    });

    it('keeps nothing of a commit that it refuses', async () => {
      const bad = [fact('a', 1), fact('b', 1n as unknown as Json)];
      await expect(under.settle(under.store.commit(bad))).rejects.toThrow(TypeError);
      await expect(under.settle(under.store.commit([fact('a', 1), fact('', 1)]))).rejects.toThrow();
      expect(under.store.has('facts', 'a')).toBe(false);
      await commit(fact('a', 2));
      expect(under.store.get('facts', 'a')).toBe(2);
    });

    it('takes keys up to the limit, and none that is longer, empty or ill-formed', async () => {
      const longest = 'ä'.repeat(LIMITS.storeKeyMax / 2);
      await commit(fact(longest, 1), { table: 'shards', key: longest, bytes: new Uint8Array(3) });
      expect([...under.store.range('facts', { prefix: longest })]).toEqual([[longest, 1]]);
      expect([...under.store.range('facts', { after: longest, reverse: true })]).toEqual([]);
      expect(under.store.has('shards', longest)).toBe(true);
      for (const wrong of [`${longest}x`, '', '\ud800']) {
        const refusal = under.settle(under.store.commit([fact(wrong, 1)]));
        await expect(refusal).rejects.toSatisfy((error) => isFault(error, 'malformed'));
      }
    });

    it('does as a sorted map does', async () => {
      await fc.assert(
        fc.asyncProperty(commits, fc.array(ranges, { maxLength: 6 }), async (steps, questions) => {
          const model = new Map<string, number>();
          await commit(...[...under.store.range('registers')].map(([key]) => removal(key)));
          await under.settle(Promise.all(steps.map((step) => under.store.commit(step.map(toWrite)))));
          for (const { key, value } of steps.flat()) {
            if (value === undefined) model.delete(key);
            else model.set(key, value);
          }
          for (const question of [{}, ...questions] as RangeOptions[]) {
            expect([...under.store.range('registers', question)]).toEqual(inOrder(model, question));
          }
          for (const [key, value] of model) expect(under.store.get('registers', key)).toBe(value);
        }),
        { numRuns: 40 },
      );
    });

    it('lets a range be left before its end', async () => {
      await commit(fact('a', 1), fact('b', 2), fact('c', 3));
      for (const [key] of under.store.range('facts')) {
        if (key === 'b') break;
      }
      await commit(fact('d', 4));
      expect([...under.store.range('facts')].map(([key]) => key)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('flushes what was committed before it closes, and takes nothing after', async () => {
      const last = under.store.commit([fact('last', 1)]);
      const closed = under.store;
      const store = await under.reopen();
      await last;
      expect(store.get('facts', 'last')).toBe(1);
      await expect(closed.commit([fact('late', 1)])).rejects.toSatisfy((error) => isFault(error, 'stopping'));
      expect(() => closed.get('facts', 'last')).toThrow('closed');
      await closed.close();
    });
  });
}

const removal = (key: string): Write => ({ table: 'registers', key, remove: true });

function toWrite({ key, value }: Command): Write {
  return value === undefined ? removal(key) : { table: 'registers', key, value };
}

function inOrder(model: ReadonlyMap<string, number>, options: RangeOptions): [string, number][] {
  const { prefix = '', after, limit, reverse = false } = options;
  const entries = [...model]
    .filter(([key]) => Buffer.from(key).subarray(0, Buffer.byteLength(prefix)).equals(Buffer.from(prefix)))
    .filter(([key]) => after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return (reverse ? entries.reverse() : entries).slice(0, limit);
}
