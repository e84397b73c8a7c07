import { EPILOGUES } from '../../src/runtime/simulation/epilogue/catalogue.ts';
import { type SimulationOptions, simulate, type Verdict } from '../../src/runtime/simulation/simulate.ts';
import { simulateTwice } from '../../src/runtime/simulation/twice.ts';

/** Most seeds are small and short, so that many of them fit into one run of the tests. Of 3 and of 5 cells all vote. */
const SMALL = { cells: [3, 4, 6, 7, 5, 4, 6], faultsMs: 12_000 } as const;
/** One in so many is larger and longer: 8 to 12 cells, 30 to 60 seconds of faults. */
const LARGE_SHARE = 25;
const LARGE = { cells: [8, 9, 10, 11, 12], faultsMs: 30_000, longerMs: 30_000 } as const;
/** Watching an idle organism takes as long as all the rest. */
const IDLE_SHARE = 20;
/** Running a seed a second time takes as long as the first. */
const TWICE_SHARE = 20;

/** What a seed of the bank is run with: decided by the seed alone, wherever it is run. */
export function optionsOf(seed: number): SimulationOptions {
  const isLarge = seed % LARGE_SHARE === 0;
  const { cells, faultsMs } = isLarge ? LARGE : SMALL;
  const longerMs = isLarge ? (seed * 7_919) % LARGE.longerMs : 0;
  return {
    seed,
    // By another rhythm than what else goes by the seed.
    cells: cells[Math.floor(seed / 3) % cells.length] ?? cells[0],
    faultsMs: faultsMs + longerMs,
    epilogues: EPILOGUES.filter(({ name }) => name !== 'idle-is-quiet' || seed % IDLE_SHARE === 7),
  };
}

export function runSeed(seed: number): Promise<Verdict> {
  return seed % TWICE_SHARE === 3 ? simulateTwice(optionsOf(seed)) : simulate(optionsOf(seed));
}

/** The command that runs a seed of the bank as it is run here. */
export function commandOf(seed: number): string {
  const { cells, faultsMs = 0 } = optionsOf(seed);
  return `peertree simulate --cells ${cells} --seed ${seed} --minutes ${faultsMs / 60_000}`;
}
