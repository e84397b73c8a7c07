import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';

const RUNS = 3;

/** From the spawn of `peertree up --json --nodes 5` on an empty folder to its line that every tree is whole; median of three. */
export const upFive: Figure = {
  name: 'up-five',
  unit: 's',
  expected: { atMost: 10 },
  async run(say) {
    const samples: number[] = [];
    for (let run = 1; run <= RUNS; run++) {
      samples.push(await withOrganism(5, async ({ upMs }) => upMs / 1000));
      say(`${run}/${RUNS}: whole after ${samples.at(-1)?.toFixed(2)} s`);
    }
    return { value: median(samples), samples };
  },
};
