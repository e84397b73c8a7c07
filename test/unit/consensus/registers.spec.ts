import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { RegisterWrite } from '../../../src/contract/services.ts';
import { Logbook } from './logbook.ts';

function registers() {
  const log = new Logbook();
  const set = (...writes: readonly RegisterWrite[]) => log.propose({ type: 'set', tree: log.tree(), writes });
  const get = (key: string) => log.registers.get(`${log.tree()}/${key}`);
  return { log, set, get };
}

const write = (key: string, expected: number, value: RegisterWrite['value'] = 'v'): RegisterWrite => ({
  key,
  expected,
  value,
});

describe('SET', () => {
  it('takes the version that the writer has seen, and gives the next one', () => {
    const { log, set, get } = registers();
    expect(set(write('name', 0, 'first')).plan).toBe('append');
    expect(get('name')).toEqual({ value: 'first', version: 2 });
    expect(set(write('name', 2, 'second')).plan).toBe('append');
    expect(get('name')).toEqual({ value: 'second', version: 3 });
    expect(log.view.version).toBe(3);
  });

  it('conflicts with any other version, and then changes nothing', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9 }), (expected) => {
        const { set, get, log } = registers();
        set(write('a', 0, 1));
        set(write('a', 2, 2));
        fc.pre(expected !== 3);
        expect(set(write('a', expected, 3))).toMatchObject({ plan: 'refuse', code: 'conflict' });
        expect(get('a')).toEqual({ value: 2, version: 3 });
        expect(log.view.version).toBe(3);
      }),
      { numRuns: 12 },
    );
  });

  it('removes by null; after that there is none, and one can be made anew', () => {
    const { set, get } = registers();
    set(write('a', 0));
    expect(set(write('a', 2, null)).plan).toBe('append');
    expect(get('a')).toBeUndefined();
    expect(set(write('a', 2))).toMatchObject({ code: 'conflict' });
    expect(set(write('a', 0, 'anew')).plan).toBe('append');
    expect(get('a')).toEqual({ value: 'anew', version: 4 });
  });

  it('writes all registers or none', () => {
    const { set, get } = registers();
    set(write('a', 0));
    expect(set(write('b', 0), write('a', 0))).toMatchObject({ code: 'conflict' });
    expect(get('b')).toBeUndefined();
    expect(set(write('b', 0), write('a', 2, 'new')).plan).toBe('append');
    expect([get('a'), get('b')]).toEqual([
      { value: 'new', version: 3 },
      { value: 'v', version: 3 },
    ]);
  });

  it('keeps the registers of trees apart, and knows only trees that there are', () => {
    const { log, set } = registers();
    set(write('a', 0));
    const other = { type: 'set' as const, tree: log.tree('ftreeFileMgr'), writes: [write('a', 0, 'other')] };
    expect(log.propose(other).plan).toBe('append');
    expect(log.plan({ ...other, tree: log.organism })).toMatchObject({ plan: 'refuse', code: 'not-found' });
  });

  it('changes as many registers as the limit says, not one more, not none, none twice', () => {
    const { set } = registers();
    const many = (n: number) => Array.from({ length: n }, (_, index) => write(`key ${index}`, 0));
    expect(set(...many(LIMITS.registerWritesMax)).plan).toBe('append');
    expect(set(...many(LIMITS.registerWritesMax + 1))).toMatchObject({ code: 'malformed' });
    expect(set()).toMatchObject({ code: 'malformed' });
    expect(set(write('a', 0), write('a', 0))).toMatchObject({ code: 'malformed' });
  });

  it('counts a key in bytes of UTF-8, up to the limit', () => {
    const { set } = registers();
    const half = LIMITS.registerKeyMax / 2;
    expect(set(write('é'.repeat(half), 0)).plan).toBe('append');
    expect(set(write(`${'é'.repeat(half)}e`, 0))).toMatchObject({ code: 'too-large' });
    expect(set(write('', 0))).toMatchObject({ code: 'too-large' });
  });

  it('refuses a key that no disk can keep', () => {
    const { set } = registers();
    expect(set(write('half a pair \ud83d', 0))).toMatchObject({ plan: 'refuse', code: 'too-large' });
    expect(set(write('a whole pair 😀', 0)).plan).toBe('append');
  });

  it('counts a value in bytes of its canonical form, up to the limit', () => {
    const { set } = registers();
    const text = (bytes: number) => 'é'.repeat((bytes - 2) / 2);
    expect(set(write('a', 0, text(LIMITS.registerValueMax))).plan).toBe('append');
    expect(set(write('b', 0, text(LIMITS.registerValueMax + 2)))).toMatchObject({ code: 'too-large' });
  });
});

describe('CONFIG', () => {
  it('sets a value, bounded as a register is', () => {
    const { log } = registers();
    const config = (key: string, value: string) => log.propose({ type: 'config', key, value });
    expect(config('a', 'x'.repeat(LIMITS.registerValueMax - 2)).plan).toBe('append');
    expect(config('a', 'x'.repeat(LIMITS.registerValueMax - 1))).toMatchObject({ code: 'too-large' });
    expect(config('__proto__', 'harmless').plan).toBe('append');
    expect(Object.keys(log.view.config)).toEqual(['a', '__proto__']);
  });

  it('has a bounded number of keys, whose values can always be changed', () => {
    const { log } = registers();
    for (let index = 0; index < LIMITS.configKeysMax; index++)
      log.propose({ type: 'config', key: `k${index}`, value: 1 });
    expect(log.plan({ type: 'config', key: 'one more', value: 1 })).toMatchObject({ code: 'too-large' });
    expect(log.plan({ type: 'config', key: 'k0', value: 2 }).plan).toBe('append');
  });
});
