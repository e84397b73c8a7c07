import { seededEntropy } from '../../../../src/runtime/entropy/seeded.ts';
import type { Protocol, Scenario } from './protocol.ts';
import { States, type Trio } from './states.ts';

export interface WanderOptions {
  readonly seed: number;
  readonly walks: number;
  /** @default 40 */
  readonly stepsMax?: number;
}

/**
 * Random walks through a scenario that is too large to be searched whole, or to see soon that a mutant is one. The first
 * violation met, undefined where there was none.
 */
export function wander(scenario: Scenario, protocol: Protocol, options: WanderOptions): string | undefined {
  const random = seededEntropy(options.seed);
  const states = new States(scenario, protocol);
  for (let walk = 0; walk < options.walks; walk++) {
    let trio: Trio = states.start;
    for (let step = 0; step < (options.stepsMax ?? 40); step++) {
      const world = states.worldFor(trio);
      const violation = states.open(world).violations[0];
      if (violation !== undefined) return violation;
      const steps = trio.flatMap((id, who) => states.next(id, world).map((next) => ({ who, next })));
      const taken = steps[Math.floor(random.float() * steps.length)];
      if (taken === undefined) break;
      trio = trio.map((id, who) => (who === taken.who ? taken.next : id)) as unknown as Trio;
    }
  }
  return undefined;
}
