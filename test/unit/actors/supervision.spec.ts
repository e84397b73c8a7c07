import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affectedBy, backoffMs, DEFAULT_SUPERVISION, judge } from '../../../src/actors/supervision.ts';

const organs = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });

describe('who goes down with a failed organ', () => {
  it('is nobody else, everybody, or those started after it', () => {
    fc.assert(
      fc.property(organs, fc.nat(), (started, pick) => {
        const at = pick % started.length;
        const failed = started[at] as string;
        expect(affectedBy('one_for_one', started, failed)).toEqual([failed]);
        expect(affectedBy('one_for_all', started, failed)).toEqual(started);
        expect(affectedBy('rest_for_one', started, failed)).toEqual(started.filter((_, index) => index >= at));
      }),
    );
  });

  it('is nobody where the organ is not one of them', () => {
    expect(affectedBy('one_for_all', ['a', 'b'], 'c')).toEqual([]);
  });
});

describe('the verdict on a failure', () => {
  const supervision = { ...DEFAULT_SUPERVISION, intensity: 3, periodMs: 1_000 };

  it('never allows more restarts within a period than the intensity, and always allows that many', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }), (gaps) => {
        let now = 0;
        let restarts: readonly number[] = [];
        const allowed: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const within = allowed.filter((at) => now - at < supervision.periodMs).length;
          const verdict = judge(restarts, now, supervision);
          expect(verdict.restart).toBe(within < supervision.intensity);
          expect(verdict.restarts.length).toBeLessThanOrEqual(supervision.intensity);
          if (verdict.restart) allowed.push(now);
          restarts = verdict.restarts;
        }
      }),
    );
  });

  it('counts a restart exactly until its period is over', () => {
    const restarts = [0, 1, 2];
    expect(judge(restarts, 999, supervision).restart).toBe(false);
    expect(judge(restarts, 1_000, supervision)).toEqual({ restart: true, restarts: [1, 2, 1_000] });
  });
});

describe('the pause before a restart', () => {
  it('is within its bounds, doubles, and is lengthened by at most half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const { backoffMinMs, backoffMaxMs } = DEFAULT_SUPERVISION;
          const base = Math.min(backoffMinMs * 2 ** (attempt - 1), backoffMaxMs);
          const pause = backoffMs(attempt, random, DEFAULT_SUPERVISION);
          expect(pause).toBeGreaterThanOrEqual(base);
          expect(pause).toBeLessThanOrEqual(Math.min(base * 1.5, backoffMaxMs));
        },
      ),
    );
  });

  it('differs by chance, so that what failed together comes back apart', () => {
    expect(backoffMs(1, 0, DEFAULT_SUPERVISION)).toBe(200);
    expect(backoffMs(1, 0.5, DEFAULT_SUPERVISION)).toBe(250);
    expect(backoffMs(3, 0, DEFAULT_SUPERVISION)).toBe(800);
  });
});
