import type { Breach } from '../../src/runtime/simulation/index.ts';
import type { Simulation } from './bundle.ts';

/** How every seed is run: a small organism for a short while. */
export const RUN = { cells: 5, faultsMs: 15_000, healMs: 30_000 } as const;

/** What a seed says of a simulator: the first breach, null where it sees none. Idleness is watched elsewhere: it takes long. */
export async function breachOf(simulation: Simulation, seed: number): Promise<Breach | null> {
  const epilogues = simulation.EPILOGUES.filter(({ name }) => name !== 'idle-is-quiet');
  const { violation } = await simulation.simulate({ ...RUN, seed, epilogues });
  return violation;
}
