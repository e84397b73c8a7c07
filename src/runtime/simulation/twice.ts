import type { Invariant } from './invariant.ts';
import { type SimulationOptions, simulate, type Verdict } from './simulate.ts';

/** The one invariant that no single run can show. */
export const ONE_SEED_ONE_TRACE: Pick<Invariant, 'name' | 'promise' | 'how' | 'holds'> = {
  name: 'one-seed-one-trace',
  promise: 'Two runs of one seed do the same, event by event: what a seed has shown, it shows again.',
  how: 'The seed is run a second time; every leg of every exchange and every fault is in the hash that the two runs must share.',
  holds: 'always',
};

/**
 * The same as `simulate`, and then once more: where the second run is another one, that is the breach.
 *
 * @param run runs the seed; for tests. @default simulate
 */
export async function simulateTwice(
  options: SimulationOptions,
  run: (options: SimulationOptions) => Promise<Verdict> = simulate,
): Promise<Verdict> {
  const first = await run(options);
  const second = await run(options);
  if (first.trace === second.trace && first.events === second.events) return first;
  const { name: invariant } = ONE_SEED_ONE_TRACE;
  const detail = `${first.trace} after ${first.events} events, then ${second.trace} after ${second.events}`;
  return { ...first, violation: { invariant, kind: 'correctness', detail, at: first.virtualMs } };
}
