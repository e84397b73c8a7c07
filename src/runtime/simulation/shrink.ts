import { LIMITS } from '../../contract/limits.ts';
import { type SimulationOptions, simulate, type Verdict } from './simulate.ts';
import type { Strike } from './strike.ts';

/** A run that fails, given whole: its plan is not drawn, but written down. */
export interface FailingRun {
  readonly options: SimulationOptions & { readonly cells: number; readonly faultsMs: number };
  readonly plan: readonly Strike[];
  readonly verdict: Verdict;
}

export interface ShrinkOptions {
  /** @default LIMITS.shrinkRunsMax */
  readonly runsMax?: number;
  /** Called after each run that failed in the same way with less. */
  onSmaller?(run: FailingRun, runs: number): void;
  /** Runs one attempt; for tests. @default simulate */
  readonly simulate?: (options: SimulationOptions) => Promise<Verdict>;
}

/** The smallest organism that is one. */
const CELLS_MIN = 2;
const FAULTS_MS_MIN = 1_000;

/**
 * Looks for less that fails in the same way: without whole kinds of faults, then without single ones, with fewer cells, in
 * less time. What is found still breaks the same invariant, though it may do so by another way.
 */
export async function shrink(failing: FailingRun, options: ShrinkOptions = {}): Promise<FailingRun> {
  const search = new Search(failing, options);
  await search.withoutKinds();
  await search.withoutStrikes();
  await search.withFewerCells();
  await search.inLessTime();
  // What has become of the plan by now may need still less.
  await search.withoutStrikes();
  return search.best;
}

type Less = Partial<Pick<FailingRun, 'plan'> & { readonly cells: number; readonly faultsMs: number }>;

class Search {
  best: FailingRun;
  readonly #options: ShrinkOptions;
  readonly #invariant: string | undefined;
  #runs = 0;

  constructor(failing: FailingRun, options: ShrinkOptions) {
    this.best = failing;
    this.#options = options;
    this.#invariant = failing.verdict.violation?.invariant;
  }

  async withoutKinds(): Promise<void> {
    for (const kind of new Set(this.best.plan.map((strike) => strike.kind)))
      await this.#try({ plan: this.best.plan.filter((strike) => strike.kind !== kind) });
  }

  /** Halves, quarters and so on of the plan are left out (Zeller's delta debugging), down to single faults. */
  async withoutStrikes(): Promise<void> {
    for (let size = Math.ceil(this.best.plan.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < this.best.plan.length; ) {
        const { plan } = this.best;
        const fails = await this.#try({ plan: [...plan.slice(0, from), ...plan.slice(from + size)] });
        if (!fails) from += size;
      }
    }
  }

  async withFewerCells(): Promise<void> {
    for (let step = Math.floor(this.best.options.cells / 2); step >= 1; ) {
      const cells = this.best.options.cells - step;
      const fails = cells >= CELLS_MIN && (await this.#try({ cells }));
      if (!fails) step = Math.floor(step / 2);
    }
  }

  async inLessTime(): Promise<void> {
    for (;;) {
      const { plan, options } = this.best;
      const lastAt = Math.max(0, ...plan.map(({ at, for: lasts = 0 }) => at + lasts));
      const half = Math.max(FAULTS_MS_MIN, Math.floor(options.faultsMs / 2));
      const attempts = [half, lastAt + FAULTS_MS_MIN].filter((faultsMs) => faultsMs < options.faultsMs);
      let isLess = false;
      for (const faultsMs of attempts) isLess ||= await this.#try({ faultsMs });
      if (!isLess) return;
    }
  }

  async #try({ plan = this.best.plan, ...less }: Less): Promise<boolean> {
    if (this.#runs >= (this.#options.runsMax ?? LIMITS.shrinkRunsMax)) return false;
    this.#runs += 1;
    const options = { ...this.best.options, ...less };
    const verdict = await (this.#options.simulate ?? simulate)({ ...options, plan });
    if (verdict.violation === null || verdict.violation.invariant !== this.#invariant) return false;
    this.best = { options, plan, verdict };
    this.#options.onSmaller?.(this.best, this.#runs);
    return true;
  }
}
