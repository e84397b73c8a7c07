/** Whole organisms on virtual time, with networks, disks and clocks that fail when told to: `peertree/simulation`. */
export type { Genome } from '../../actors/genome.ts';
export { loadGenome, SHIPPED_GENOMES } from '../../actors/genome.ts';
export type { SimNode } from './sim-node.ts';
export { runTrial, type TrialOptions, type TrialReport } from './trial.ts';
export { World, type WorldOptions } from './world.ts';
