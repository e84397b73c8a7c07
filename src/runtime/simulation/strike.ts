import { type Fault, faultKindOf } from './faults/catalogue.ts';
import type { Guard } from './guard.ts';
import type { World } from './world.ts';

/**
 * One fault of a plan: what is done, when, and for how long. Plain JSON, so that a plan can be written down.
 *
 * @example { at: 5_000, for: 10_000, kind: 'partition', groups: [[0, 1]] }
 */
export type Strike = Fault & {
  /** Milliseconds after faults begin. */
  readonly at: number;
  /** How long it lasts, milliseconds. @default until faults end */
  readonly for?: number;
};

/** Names the stream that a strike draws from: the same whatever other strikes a plan has. */
export function labelOf({ kind, at }: Strike): string {
  return `${kind}@${at}`;
}

/** Begins a strike; undefined where it was not possible. */
export function begin(world: World, strike: Strike): Guard | undefined {
  return faultKindOf(strike.kind).strike(world, strike, labelOf(strike));
}
