import type { Operation } from '../history.ts';
import type { Invariant } from '../invariant.ts';
import type { World } from '../world.ts';

/** What an epilogue has to go by. */
export interface Aftermath {
  readonly world: World;
  readonly operations: readonly Operation[];
  /** How long the organism may take for it, virtual milliseconds. */
  readonly patienceMs: number;
  /** @throws Violation always */
  violate(detail: string): never;
}

/** An invariant that can't be seen by looking: once faults have stopped and the organism is whole, something is tried. */
export interface Epilogue extends Pick<Invariant, 'name' | 'promise' | 'how' | 'holds'> {
  run(aftermath: Aftermath): Promise<void>;
}
