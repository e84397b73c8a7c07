import { EPILOGUES } from '../../src/runtime/simulation/epilogue/catalogue.ts';
import { type SimulationOptions, simulate, type Verdict } from '../../src/runtime/simulation/simulate.ts';
import { simulateTwice } from '../../src/runtime/simulation/twice.ts';

const CELLS = [5, 12] as const;
const SECONDS = [20, 60] as const;
/** Most seeds are small and short, so that many of them fit into one run of the tests. */
const SMALL_SHARE = 5;
/** Watching an idle organism takes as long as all the rest. */
const IDLE_SHARE = 12;
/** Running a seed a second time takes as long as the first. */
const TWICE_SHARE = 25;

/** What a seed of the bank is run with: decided by the seed alone, wherever it is run. */
export function optionsOf(seed: number): SimulationOptions {
  const isLarge = seed % SMALL_SHARE === 0;
  const spread = (seed * 7_919) % 41;
  return {
    seed,
    cells: isLarge ? CELLS[0] + (spread % (CELLS[1] - CELLS[0] + 1)) : CELLS[0] + (seed % 3),
    faultsMs: 1_000 * (isLarge ? SECONDS[0] + spread : SECONDS[0]),
    epilogues: EPILOGUES.filter(({ name }) => name !== 'idle-is-quiet' || seed % IDLE_SHARE === 0),
  };
}

export function runSeed(seed: number): Promise<Verdict> {
  return seed % TWICE_SHARE === 0 ? simulateTwice(optionsOf(seed)) : simulate(optionsOf(seed));
}

/** The command that runs a seed of the bank as it is run here. */
export function commandOf(seed: number): string {
  const { cells, faultsMs = 0 } = optionsOf(seed);
  return `peertree simulate --cells ${cells} --seed ${seed} --minutes ${faultsMs / 60_000}`;
}
