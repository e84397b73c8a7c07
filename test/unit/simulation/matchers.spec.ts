import { describe, expect, it } from 'vitest';
import { Violation } from '../../../src/runtime/simulation/invariant.ts';
import '../../../src/runtime/simulation/vitest.ts';

const world = (flaws: readonly string[], untilWhole = async (): Promise<number> => 0) => ({
  flaws: () => flaws,
  untilWhole,
});
const verdict = (violation: object | null) => ({ seed: 7, cells: 5, trace: 'abcd', violation });

describe('toBeWhole', () => {
  it('is content with a world that is', () => {
    expect(world([])).toBeWhole();
    expect(() => expect(world([])).not.toBeWhole()).toThrow('the organism is whole');
  });

  it('says what is missing, and not all of a hundred things', () => {
    expect(() => expect(world(['node 3 is not placed'])).toBeWhole()).toThrow(
      'the organism is not whole\nnode 3 is not placed',
    );
    const many = Array.from({ length: 100 }, (_, index) => `flaw ${index}`);
    expect(() => expect(world(many)).toBeWhole()).toThrow(/flaw 9\n\.\.\. and 90 more$/);
  });
});

describe('toBecomeWhole', () => {
  it('lets the time pass that it was given', async () => {
    const given: number[] = [];
    const patient = world(['not yet'], async (...[withinMs]: number[]) => given.push(withinMs ?? 0));
    await expect(patient).toBecomeWhole();
    await expect(patient).toBecomeWhole(500);
    expect(given).toEqual([30_000, 500]);
  });

  it('says what the world says where it does not', async () => {
    const ill = world([], async () => {
      throw new Error('not whole after 500 ms: node 3 is not placed');
    });
    await expect(expect(ill).toBecomeWhole(500)).rejects.toThrow('node 3 is not placed');
  });

  it('hides no breach behind it', async () => {
    const breach = new Violation({ name: 'one-log', holds: 'always' }, 'two logs', 5);
    const broken = world([], async () => {
      throw breach;
    });
    await expect(expect(broken).not.toBecomeWhole()).rejects.toBe(breach);
  });
});

describe('toHold', () => {
  it('is content with a seed that holds', () => {
    expect(verdict(null)).toHold();
    expect(() => expect(verdict(null)).not.toHold()).toThrow('seed 7 of 5 cells holds');
  });

  it('names the invariant, the trace and the detail of one that does not', () => {
    expect(() => expect(verdict({ invariant: 'one-log', detail: 'two logs' })).toHold()).toThrow(
      'seed 7 of 5 cells breaks one-log (trace abcd)\ntwo logs',
    );
  });
});
