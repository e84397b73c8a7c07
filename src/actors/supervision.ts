import { LIMITS } from '../contract/limits.ts';

/** Who restarts when one organ failed: it alone, all of them, or it and those started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

export interface Supervision {
  /** @default 'one_for_one' */
  readonly strategy: Strategy;
  /** Restarts of one organ within `periodMs`; the next failure climbs. @default LIMITS.restartIntensity */
  readonly intensity: number;
  /** @default LIMITS.restartPeriodMs */
  readonly periodMs: number;
  /** Shortest pause before a restart. @default LIMITS.restartBackoffMinMs */
  readonly backoffMinMs: number;
  /** Longest pause before a restart. @default LIMITS.restartBackoffMaxMs */
  readonly backoffMaxMs: number;
}

export const DEFAULT_SUPERVISION: Supervision = {
  strategy: 'one_for_one',
  intensity: LIMITS.restartIntensity,
  periodMs: LIMITS.restartPeriodMs,
  backoffMinMs: LIMITS.restartBackoffMinMs,
  backoffMaxMs: LIMITS.restartBackoffMaxMs,
};

/** Which organs go down with the failed one, in the order in which they start again. */
export function affectedBy(strategy: Strategy, started: readonly string[], failed: string): readonly string[] {
  const at = started.indexOf(failed);
  if (at < 0) return [];
  if (strategy === 'one_for_all') return started;
  return strategy === 'rest_for_one' ? started.slice(at) : [failed];
}

export interface Verdict {
  /** False where the failure climbs. */
  readonly restart: boolean;
  /** The restarts that still count at `now`, this one included; at most `intensity`. */
  readonly restarts: readonly number[];
}

/**
 * Whether an organ that fails at `now` may start again.
 *
 * @param restarts times of its earlier restarts, ascending, by the same clock as `now` in milliseconds
 */
export function judge(restarts: readonly number[], now: number, supervision: Supervision): Verdict {
  const counted = restarts.filter((at) => now - at < supervision.periodMs);
  return counted.length < supervision.intensity
    ? { restart: true, restarts: [...counted, now] }
    : { restart: false, restarts: counted };
}

/**
 * The pause before restart number `attempt` (from 1) in milliseconds: doubled each time, up to half longer by chance so
 * that organs that failed together don't come back together, never outside of the two bounds.
 *
 * @param random uniform in [0, 1)
 */
export function backoffMs(
  attempt: number,
  random: number,
  supervision: Pick<Supervision, 'backoffMinMs' | 'backoffMaxMs'>,
): number {
  const base = supervision.backoffMinMs * 2 ** Math.min(attempt - 1, 30);
  return Math.min(base * (1 + random / 2), supervision.backoffMaxMs);
}
