import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Directory } from '../../../src/contract/directory.ts';

/** Deeds on any version made so far: a model that is copied each time says what must come of them. */
const deeds = fc.array(
  fc.record({
    version: fc.nat({ max: 200 }),
    key: fc.integer({ min: 0, max: 90 }).map((number) => `key ${number}`),
    value: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  }),
  { maxLength: 120 },
);

describe('a directory', () => {
  it('is in every version what a copied map is, whatever is made of the others', () => {
    fc.assert(
      fc.property(deeds, (all) => {
        const versions = [{ directory: Directory.of<number>(), model: new Map<string, number>() }];
        for (const { version, key, value } of all) {
          const { directory, model } = versions[version % versions.length] as (typeof versions)[0];
          const next = new Map(model);
          if (value === undefined) next.delete(key);
          else next.set(key, value);
          const made = value === undefined ? directory.delete(key) : directory.set(key, value);
          versions.push({ directory: made, model: next });
        }
        for (const { directory, model } of versions) {
          expect([...directory.entries()]).toEqual([...model]);
          expect([...directory.keys()]).toEqual([...model.keys()]);
          const placed = Array.from({ length: directory.size }, (_, at) => [directory.keyAt(at), directory.at(at)]);
          expect(placed).toEqual([...model]);
          expect(directory.size).toBe(model.size);
          for (let number = 0; number <= 90; number += 13) {
            expect(directory.get(`key ${number}`)).toBe(model.get(`key ${number}`));
            expect(directory.has(`key ${number}`)).toBe(model.has(`key ${number}`));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is itself where nothing changes', () => {
    const directory = Directory.of([['a', 1]]);
    expect(directory.set('a', 1)).toBe(directory);
    expect(directory.delete('b')).toBe(directory);
    expect(directory.set('a', 2).get('a')).toBe(2);
    expect(directory.get('a')).toBe(1);
  });

  it('takes the last of several values of a key, at the place of the first', () => {
    const directory = Directory.of([
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ]);
    expect([...directory.entries()]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });
});
