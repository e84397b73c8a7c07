import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';
import { replacedAt } from './replaced.ts';

const NODES = 16;
const RUNS = 5;

/**
 * `kill -9` of one node of sixteen until all others have taken the decision that replaces it, by the times in their own
 * logs: what Serf's agents print when they learn of a failed member. Another node is killed in each of five runs.
 */
export const crashSixteen: Figure = {
  name: 'crash-sixteen',
  unit: 's',
  run: (say) =>
    withOrganism(NODES, async ({ nodes }) => {
      const samples: number[] = [];
      let living = [...nodes];
      for (let run = 1; run <= RUNS; run++) {
        // Interior cells and leaves by turns; never the founder, whose process also is the one that everybody knows.
        const victim = living[Math.floor((living.length * run) / (RUNS + 1))];
        if (victim === undefined) throw new Error('no node is left to be killed');
        living = living.filter((node) => node !== victim);
        const killedAt = Date.now();
        process.kill(victim.pid, 'SIGKILL');
        const learned = await Promise.all(living.map((node) => replacedAt(node, victim.id, killedAt)));
        samples.push((Math.max(...learned) - killedAt) / 1000);
        say(`${run}/${RUNS}: ${samples.at(-1)?.toFixed(2)} s`);
      }
      return { value: median(samples), samples };
    }),
};
