import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';

const JOINERS = 5;

/**
 * One more node joins an organism of five: from the spawn of its process, so the start of Node.js counts, until the
 * founder shows a placed cell of it in every tree; median of five joiners, one after the other.
 */
export const joinOne: Figure = {
  name: 'join-one',
  unit: 's',
  expected: { atMost: 1 },
  run: (say) =>
    withOrganism(5, async (organism) => {
      const samples: number[] = [];
      for (let joiner = 1; joiner <= JOINERS; joiner++) {
        const { joinMs } = await organism.join();
        samples.push(joinMs / 1000);
        say(`${joiner}/${JOINERS}: placed after ${(joinMs / 1000).toFixed(2)} s`);
      }
      return { value: median(samples), samples };
    }),
};
