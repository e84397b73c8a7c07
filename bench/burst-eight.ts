import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';

const RUNS = 3;

/**
 * Eight nodes started at once: from the spawn of `up` to the line that every tree is whole; median of three. Nodes are not
 * started again, so a single exit would keep the organism from ever being whole.
 */
export const burstEight: Figure = {
  name: 'burst-eight',
  unit: 's',
  expected: { atMost: 10 },
  async run(say) {
    const samples: number[] = [];
    for (let run = 1; run <= RUNS; run++) {
      samples.push(await withOrganism(8, async ({ upMs }) => upMs / 1000));
      say(`${run}/${RUNS}: whole after ${samples.at(-1)?.toFixed(2)} s`);
    }
    return { value: median(samples), samples, notes: { exits: 0 } };
  },
};
