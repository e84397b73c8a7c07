import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Almanac } from '../../../src/organs/keeper/almanac.ts';

describe('the almanac', () => {
  it('knows what is due, in the order of time, as a plain map would', () => {
    const action = fc.oneof(
      fc.record({
        do: fc.constant('note' as const),
        key: fc.nat({ max: 7 }),
        at: fc.option(fc.nat({ max: 50 }), { nil: undefined }),
      }),
      fc.record({ do: fc.constant('forget' as const), key: fc.nat({ max: 7 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.nat({ max: 50 }), (actions, now) => {
        const almanac = new Almanac(['a/', 'b/']);
        const model = new Map<string, number | undefined>();
        for (const one of actions) {
          const address = `${one.key % 2 === 0 ? 'a' : 'b'}/${one.key}`;
          if (one.do === 'note') {
            almanac.note(address, one.at);
            model.set(address, one.at);
          } else {
            almanac.forget(address);
            model.delete(address);
          }
        }
        const due = [...model].filter(([, at]) => at !== undefined && at <= now);
        expect(new Set(almanac.takeDue(now, 100))).toEqual(new Set(due.map(([address]) => address)));
        expect(almanac.size).toBe(model.size);
        for (const prefix of ['a/', 'b/'])
          expect(almanac.count(prefix)).toBe([...model.keys()].filter((key) => key.startsWith(prefix)).length);
      }),
    );
  });

  it('hands out each address once, the earliest first, and again when it is woken', () => {
    const almanac = new Almanac([]);
    for (const [address, at] of [
      ['late', 30],
      ['early', 10],
      ['middle', 20],
    ] as const)
      almanac.note(address, at);
    expect(almanac.nextAt).toBe(10);
    expect(almanac.takeDue(30, 2)).toEqual(['early', 'middle']);
    expect(almanac.takeDue(30, 2)).toEqual(['late']);
    expect(almanac.takeDue(30, 2)).toEqual([]);
    almanac.wake('early', 40);
    expect([almanac.takeDue(39, 2), almanac.takeDue(40, 2)]).toEqual([[], ['early']]);
  });

  it('leaves out what has been put off or removed since', () => {
    const almanac = new Almanac([]);
    almanac.note('a', 10);
    almanac.note('a', 50);
    almanac.note('b', 10);
    almanac.forget('b');
    expect(almanac.takeDue(20, 9)).toEqual([]);
    expect(almanac.takeDue(50, 9)).toEqual(['a']);
  });
});
