import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { TreeMap } from '../../../src/contract/words.ts';
import { isEntry, isRegisterKey, isWhole } from '../../../src/organs/consensus/soundness.ts';
import { foundingOf, invite, Logbook, memberOf, nodeOf } from './logbook.ts';

const log = new Logbook();
const tree = log.tree();
const place = { tree, slot: 2, weight: 1, seed: 's' };
const joins = [{ member: memberOf('a'), places: [place], invitation: null }];
const moves = [{ tree, slot: 2, from: nodeOf('a'), to: null }];

const SOUND: readonly { readonly type: string }[] = [
  foundingOf(),
  { type: 'INVITE', invitation: invite('i', 9).open } as { type: string },
  { type: 'JOIN', joins } as { type: string },
  { type: 'REPLACE', nodes: [nodeOf('a')], reason: 'dead', moves } as { type: string },
  { type: 'RETURN', member: memberOf('a') } as { type: string },
  { type: 'VOTERS', voters: [nodeOf('a')] } as { type: string },
  { type: 'LEAD', leader: nodeOf('a') } as { type: string },
  { type: 'SET', tree, writes: [{ key: 'k', expected: 0, value: null }] } as { type: string },
  { type: 'CONFIG', key: 'k', value: { any: ['thing'] } } as { type: string },
];

describe('an entry', () => {
  it.each(SOUND)('of the type $type is taken', (entry) => {
    expect(isEntry(entry)).toBe(true);
    expect(isEntry({ ...entry, newer: 'field' })).toBe(true);
  });

  it('lacks nothing', () => {
    for (const entry of SOUND) {
      for (const field of Object.keys(entry)) {
        const { [field as 'type']: _, ...rest } = entry;
        expect(isEntry(rest), `${entry.type} without ${field}`).toBe(false);
      }
    }
  });

  it('names the voters that leave, or none', () => {
    const voters = [nodeOf('a')];
    expect(isEntry({ type: 'VOTERS', voters, leaving: [nodeOf('b')] })).toBe(true);
    expect(isEntry({ type: 'VOTERS', voters, leaving: ['nobody'] })).toBe(false);
    expect(isEntry({ type: 'VOTERS', voters, leaving: null })).toBe(false);
  });

  it('has nothing of another kind anywhere', () => {
    const anywhere = (value: unknown, path: string): [string, unknown][] => {
      const spoilt: [string, unknown][] = [[path, Symbol.for('spoilt')]];
      if (typeof value !== 'object' || value === null) return spoilt;
      const members = Object.entries(value);
      // What CONFIG and SET hold, and what a founding configures, may be anything.
      const strict = members.filter(([name]) => name !== 'value' && !(path === 'FOUND' && name === 'config'));
      const inner = strict.flatMap(([name, member]) =>
        anywhere(member, `${path}.${name}`).map(([where, bad]): [string, unknown] => [
          where,
          Array.isArray(value) ? value.with(Number(name), bad) : { ...value, [name]: bad },
        ]),
      );
      return [...spoilt, ...inner];
    };
    for (const entry of SOUND) {
      for (const [where, bad] of anywhere(entry, entry.type)) expect(isEntry(bad), where).toBe(false);
    }
  });

  it('gives no key another’s name, whoever vouches for it', () => {
    const { spki } = memberOf('b');
    const thief = { ...memberOf('a'), spki };
    const stolen = [
      { ...foundingOf(), founder: { ...foundingOf().founder, spki } },
      { type: 'INVITE', invitation: { ...invite('i', 9).open, spki } },
      { type: 'JOIN', joins: [{ ...joins[0], member: thief }] },
      { type: 'RETURN', member: thief },
      { type: 'RETURN', member: { ...memberOf('a'), spki: 'no key' } },
    ];
    for (const entry of stolen) expect(isEntry(entry), entry.type).toBe(false);
  });

  it('is nothing else, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(isEntry(value)).toBe(false);
      }),
    );
    for (const type of ['toString', '__proto__', 'constructor', '']) expect(isEntry({ type })).toBe(false);
  });

  it('names slots and fan-outs within their limits', () => {
    const at = (slot: number) => isEntry({ type: 'JOIN', joins: [{ ...joins[0], places: [{ ...place, slot }] }] });
    expect([1, LIMITS.nodesMax].map(at)).toEqual([true, true]);
    expect([0, -1, 1.5, LIMITS.nodesMax + 1, 2 ** 32].map(at)).toEqual([false, false, false, false, false]);
    const wide = (fanout: number) => isEntry(foundingOf('f', [{ genome: 'g', fanout, weight: 1, seed: 's' }]));
    expect([1, LIMITS.fanoutMax].map(wide)).toEqual([true, true]);
    expect([0, LIMITS.fanoutMax + 1].map(wide)).toEqual([false, false]);
  });
});

describe('a key of a register', () => {
  it('is well-formed text of 1 byte to the limit', () => {
    expect(['a', '😀', 'x'.repeat(LIMITS.registerKeyMax)].map(isRegisterKey)).toEqual([true, true, true]);
    expect(['', '\ud83d', '\ude00', 'x'.repeat(LIMITS.registerKeyMax + 1), 7].map(isRegisterKey)).toEqual(
      Array(5).fill(false),
    );
  });
});

describe('a map', () => {
  const map = (...nodes: readonly (string | undefined)[]): TreeMap => {
    const slots: { node: string; weight: number; seed: string }[] = [];
    for (const [index, node] of nodes.entries()) if (node !== undefined) slots[index] = { node, weight: 1, seed: '' };
    return { tree, genome: 'g', fanout: 4, version: 1, slots };
  };

  it('is whole where each slot has a cell and no cell has two', () => {
    expect(isWhole(map('a', 'b', 'c'))).toBe(true);
    expect(isWhole(map())).toBe(true);
    expect(isWhole(map('a', 'b', 'a'))).toBe(false);
    expect(isWhole(map('a', undefined, 'c'))).toBe(false);
  });
});
