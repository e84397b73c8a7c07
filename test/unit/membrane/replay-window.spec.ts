import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { ReplayWindow } from '../../../src/runtime/membrane/replay-window.ts';

/** The same by a set that forgets nothing. */
class Model {
  readonly #used = new Set<number>();
  #highest = 0;

  take(seq: number): boolean {
    if (this.#used.has(seq) || seq <= this.#highest - LIMITS.replayWindow) return false;
    this.#used.add(seq);
    this.#highest = Math.max(this.#highest, seq);
    return true;
  }
}

describe('ReplayWindow', () => {
  it('takes each number once, as a set would', () => {
    const near = fc.integer({ min: 1, max: 40 });
    const far = fc.integer({ min: 1, max: 4 * LIMITS.replayWindow });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, far), { maxLength: 200 }), (numbers) => {
        const window = new ReplayWindow();
        const model = new Model();
        expect(numbers.map((seq) => window.take(seq))).toEqual(numbers.map((seq) => model.take(seq)));
      }),
      { numRuns: 300 },
    );
  });

  it('ends exactly at its limit', () => {
    const window = new ReplayWindow();
    const highest = 10 * LIMITS.replayWindow;
    expect(window.take(highest)).toBe(true);
    expect(window.take(highest - LIMITS.replayWindow)).toBe(false);
    expect(window.take(highest - LIMITS.replayWindow + 1)).toBe(true);
    expect(window.take(highest - LIMITS.replayWindow + 1)).toBe(false);
    expect(window.highest).toBe(highest);
  });

  it('survives numbers as large as they get', () => {
    const window = new ReplayWindow();
    expect([window.take(1), window.take(Number.MAX_SAFE_INTEGER), window.take(1)]).toEqual([true, true, false]);
  });
});
