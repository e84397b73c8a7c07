import { describe, expect, it } from 'vitest';
import type { Entropy } from '../../src/contract/ports.ts';

/** What every Entropy must do. The bounds are so wide that a fair source misses one in many billions of runs. */
export function entropyCompliance(name: string, open: () => Entropy): void {
  describe(`${name} as Entropy`, () => {
    it('gives as many bytes as asked, plain and never the same', () => {
      const entropy = open();
      for (const length of [0, 1, 3, 4, 5, 31, 32, 70_000]) {
        const bytes = entropy.bytes(length);
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        expect(bytes).toHaveLength(length);
      }
      const seen = new Set(Array.from({ length: 100 }, () => Buffer.from(entropy.bytes(16)).toString('hex')));
      expect(seen.size).toBe(100);
    });

    it('uses every bit evenly', () => {
      const bytes = open().bytes(100_000);
      for (let bit = 0; bit < 8; bit++) {
        const ones = bytes.reduce((sum, byte) => sum + ((byte >> bit) & 1), 0);
        expect(Math.abs(ones - 50_000)).toBeLessThan(1_500);
      }
    });

    it('gives numbers from 0 up to but not 1, evenly', () => {
      const entropy = open();
      const buckets = new Array<number>(10).fill(0);
      for (let draw = 0; draw < 50_000; draw++) {
        const value = entropy.float();
        if (!(value >= 0 && value < 1)) throw new Error(`${value} is out of range`);
        const bucket = Math.floor(value * 10);
        buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      }
      for (const count of buckets) expect(Math.abs(count - 5_000)).toBeLessThan(600);
    });
  });
}
