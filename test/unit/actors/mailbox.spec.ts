import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mailbox } from '../../../src/actors/mailbox.ts';
import { isFault } from '../../../src/contract/errors.ts';

const failureOf = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a mailbox', () => {
  it('takes messages up to its limit and fails on the one past it', () => {
    const box = new Mailbox<number>(3);
    for (const message of [1, 2, 3]) box.push(message);
    expect(
      isFault(
        failureOf(() => box.push(4)),
        'mailbox-full',
      ),
    ).toBe(true);
    expect(box.toArray()).toEqual([1, 2, 3]);
  });

  it('has a reserve for those who may use it, which has an end too', () => {
    const box = new Mailbox<number>(1);
    box.push(1);
    expect([box.offer(2), box.offer(2, 1), box.offer(3, 1)]).toEqual([false, true, false]);
    expect(box.drain()).toEqual([1, 2]);
  });

  it('behaves as a list does, whatever is pushed and taken', () => {
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.record({ act: fc.constant('push' as const), value: fc.integer() }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('shift' as const), value: fc.constant(0) }) },
      {
        weight: 1,
        arbitrary: fc.record({ act: fc.constant('burst' as const), value: fc.integer({ min: 1, max: 90 }) }),
      },
      { weight: 1, arbitrary: fc.record({ act: fc.constant('empty' as const), value: fc.constant(0) }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.array(act, { maxLength: 60 }), (limit, acts) => {
        const box = new Mailbox<number>(limit);
        const list: number[] = [];
        const push = (value: number): void => {
          const fits = list.length < limit;
          expect(box.offer(value)).toBe(fits);
          if (fits) list.push(value);
        };
        for (const { act, value } of acts) {
          if (act === 'push') push(value);
          else if (act === 'burst') for (let i = 0; i < value; i++) push(i);
          else if (act === 'shift') expect(box.shift()).toBe(list.shift());
          else while (list.length > 0) expect(box.shift()).toBe(list.shift());
          expect(box.length).toBe(list.length);
        }
        expect(box.drain()).toEqual(list);
        expect([box.length, box.shift()]).toEqual([0, undefined]);
      }),
      { numRuns: 200 },
    );
  });
});
