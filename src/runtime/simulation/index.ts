/**
 * Whole organisms on virtual time, with networks, disks and clocks that fail when told to: `peertree/simulation`.
 *
 * `World` is an organism to play with, step by step; `simulate` is a whole run of one seed: faults, load, every invariant.
 */
export type { AnyOrgan } from '../../actors/any-organ.ts';
export type { Genome } from '../../actors/genome.ts';
export { loadGenome, SHIPPED_GENOMES } from '../../actors/genome.ts';
export type { Annal, Annals } from './annals.ts';
export { INVARIANTS } from './checkers/catalogue.ts';
export { Chronicle, type Mark, type Span } from './chronicle.ts';
export { EPILOGUES } from './epilogue/catalogue.ts';
export type { Aftermath, Epilogue } from './epilogue/epilogue.ts';
export { FAULT_KINDS, FAULT_NAMES, type Fault, type FaultName } from './faults/catalogue.ts';
export { Dice, type FaultKind } from './faults/kind.ts';
export { type Guard, guardOf, together } from './guard.ts';
export type { Operation, OperationOutcome } from './history.ts';
export { type Invariant, type Scene, type Subject, Violation, type Watch } from './invariant.ts';
export { Judge } from './judge.ts';
export {
  type Interval,
  type LinearizeVerdict,
  linearize,
  type SequentialModel,
} from './linearizability/linearize.ts';
export { type RegisterInput, type RegisterState, registerModel } from './linearizability/register.ts';
export type { DiskFate, Observation } from './observation.ts';
export { parsePlan, writePlan } from './plan.ts';
export { type FailingRun, type ShrinkOptions, shrink } from './shrink.ts';
export type { SimNode } from './sim-node.ts';
export { type Breach, type SimulationOptions, simulate, type Verdict } from './simulate.ts';
export { begin, type Strike } from './strike.ts';
export { drawPlan, type SwarmOptions } from './swarm.ts';
export { timelinePage } from './timeline-page.ts';
export { runTrial, type TrialOptions, type TrialReport } from './trial.ts';
export { ONE_SEED_ONE_TRACE, simulateTwice } from './twice.ts';
export {
  bandwidth,
  corruption,
  delay,
  duplication,
  halfOpen,
  type LegAtHand,
  loss,
  type Rate,
  type Rule,
  reordering,
  replay,
  type Where,
} from './weather.ts';
export { type CrashPoint, World, type WorldOptions } from './world.ts';
