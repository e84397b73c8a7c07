import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type FailingRun, shrink } from '../../../src/runtime/simulation/shrink.ts';
import type { SimulationOptions, Verdict } from '../../../src/runtime/simulation/simulate.ts';
import type { Strike } from '../../../src/runtime/simulation/strike.ts';

const crash = (at: number, node: number): Strike => ({ at, for: 100, kind: 'crash', node });
const loss = (at: number): Strike => ({ at, for: 100, kind: 'loss', rate: 0.1 });
const plan = [loss(1_000), crash(2_000, 1), loss(3_000), crash(4_000, 2), loss(5_000), crash(6_000, 3), loss(7_000)];

/** Fails as told: a stand-in for whole runs. */
function stand(fails: (options: SimulationOptions, plan: readonly Strike[]) => string | null) {
  const runs: SimulationOptions[] = [];
  const simulate = async (options: SimulationOptions): Promise<Verdict> => {
    runs.push(options);
    const invariant = fails(options, options.plan ?? []);
    return verdictOf(invariant);
  };
  return { runs, simulate };
}

function verdictOf(invariant: string | null): Verdict {
  const violation = invariant === null ? null : ({ invariant, kind: 'correctness', detail: 'd', at: 1 } as const);
  const operations = { asked: 0, acknowledged: 0 };
  return { seed: 1, cells: 12, trace: 't', virtualMs: 0, events: 0, plan, struck: 0, operations, violation };
}

const failing: FailingRun = { options: { seed: 1, cells: 12, faultsMs: 60_000 }, plan, verdict: verdictOf('one-log') };

describe('shrink', () => {
  it('comes down to what it takes: two faults, five cells, little time', async () => {
    const { simulate, runs } = stand(({ cells = 0, faultsMs = 0 }, now) => {
      const has = (node: number): boolean => now.some((strike) => strike.kind === 'crash' && strike.node === node);
      return has(1) && has(3) && cells >= 5 && faultsMs >= 6_500 ? 'one-log' : null;
    });
    const least = await shrink(failing, { simulate });
    expect(least.plan).toEqual([crash(2_000, 1), crash(6_000, 3)]);
    expect(least.options.cells).toBe(5);
    expect(least.options.faultsMs).toBeLessThan(7_200);
    expect(least.options.seed).toBe(1);
    expect(runs.length).toBeLessThan(60);
  });

  it('drops whole kinds first', async () => {
    const { simulate, runs } = stand((_options, now) => (now.some(({ kind }) => kind === 'crash') ? 'one-log' : null));
    await shrink(failing, { simulate });
    expect(runs[0]?.plan).toEqual(plan.filter(({ kind }) => kind === 'crash'));
  });

  it('does not take one failure for another', async () => {
    const { simulate } = stand((_options, now) => (now.length === plan.length ? 'one-log' : 'two-logs'));
    const least = await shrink(failing, { simulate });
    expect(least.plan).toEqual(plan);
  });

  it('ends when it has made as many runs as it may', async () => {
    const { simulate, runs } = stand(() => 'one-log');
    await shrink(
      { ...failing, options: { ...failing.options, cells: 4_096, faultsMs: 2 ** 40 } },
      { simulate, runsMax: 5 },
    );
    expect(runs).toHaveLength(5);
    const stubborn = stand(() => null);
    const long = Array.from({ length: 600 }, (_, at) => loss(at));
    await shrink({ ...failing, plan: long }, { simulate: stubborn.simulate });
    expect(stubborn.runs).toHaveLength(LIMITS.shrinkRunsMax);
  });

  it('tells of each step down', async () => {
    const { simulate } = stand((_options, now) => (now.length >= 3 ? 'one-log' : null));
    const steps: number[] = [];
    await shrink(failing, { simulate, onSmaller: (run) => steps.push(run.plan.length) });
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.at(-1)).toBe(3);
  });
});
