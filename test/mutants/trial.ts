import type { Breach } from '../../src/runtime/simulation/index.ts';
import type { Simulation } from './bundle.ts';
import type { Mutant } from './mutant.ts';

/** How every seed is run: a small organism for a short while, with five voters and one cell that has no vote. */
export const RUN = { cells: 6, faultsMs: 12_000, healMs: 30_000 } as const;

export interface Trial extends Pick<Mutant, 'under' | 'cells'> {
  /** Draws from every kind of fault, whatever the mutant names. @default false */
  readonly wide?: boolean;
}

/** What a seed says of a simulator: the first breach, null where it sees none. Idleness is watched elsewhere: it takes long. */
export async function breachOf(simulation: Simulation, seed: number, trial: Trial): Promise<Breach | null> {
  const { under, wide, cells = RUN.cells } = trial;
  const epilogues = simulation.EPILOGUES.filter(({ name }) => name !== 'idle-is-quiet');
  const kinds = wide === true || under === undefined ? {} : { kinds: under };
  const { violation } = await simulation.simulate({ ...RUN, ...kinds, cells, seed, epilogues });
  return violation;
}
