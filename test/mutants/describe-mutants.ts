import { beforeAll, describe, expect, it } from 'vitest';
import { MUTANTS } from './bank.ts';
import { bundleOf, type Simulation } from './bundle.ts';
import { type Kill, readKills } from './kills.ts';
import type { Mutant } from './mutant.ts';
import { breachOf } from './trial.ts';

const DEADLINE_MS = 120_000;

/** The share `part` of `parts` of those that a seed is known of: files split them over the cores. */
export function describeMutants(part: number, parts: number): void {
  const kills = readKills();
  const mutants = MUTANTS.filter(({ name }) => kills[name] !== undefined).filter((_, index) => index % parts === part);
  let original: Simulation;
  beforeAll(async () => {
    original = await bundleOf(null);
  });

  describe('a mutant', () => {
    it.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
      '%s is found by its seed, which finds nothing without it',
      async (name, mutant) => {
        const killer = await killerOf(await bundleOf(mutant), mutant, kills[name] ?? []);
        expect(
          killer,
          `no committed seed of ${name} kills it any more: npm run soak:mutants -- --only ${name} --write`,
        ).toBeDefined();
        expect(await breachOf(original, killer?.seed ?? 0, mutant)).toBeNull();
      },
      DEADLINE_MS,
    );
  });
}

/** Whatever else is changed moves the runs of seeds: of several killing seeds one is enough. */
async function killerOf(mutated: Simulation, mutant: Mutant, kills: readonly Kill[]): Promise<Kill | undefined> {
  for (const kill of kills) if ((await breachOf(mutated, kill.seed, mutant))?.invariant === kill.invariant) return kill;
  return undefined;
}
