import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';
import { mebibytesPerSecond, randomFile } from './random-file.ts';

const RUNS = 5;

/**
 * A put of 64 MiB of random bytes over HTTPS into an organism of five processes, acknowledged once three of them have
 * flushed every shard: from the first byte sent to the receipt; median of five puts.
 */
export const put64mib: Figure = {
  name: 'put-64mib',
  unit: 'MiB/s',
  expected: { atLeast: 40 },
  run: (say) =>
    withOrganism(5, async (organism) => {
      const samples: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const file = randomFile(64);
        // Each put through another node: the founder has more to do than the others.
        const node = organism.nodes[run % organism.nodes.length];
        if (node === undefined) throw new Error('the organism has no nodes');
        const start = performance.now();
        const receipt = await organism.client(node).put(file.pieces(), { name: `put-${run}`, bytes: file.bytes });
        if (receipt.bytes !== file.bytes) throw new Error(`${receipt.bytes} bytes were stored`);
        samples.push(mebibytesPerSecond(file.bytes, performance.now() - start));
        say(`${run + 1}/${RUNS}: ${samples.at(-1)?.toFixed(1)} MiB/s`);
      }
      return { value: median(samples), samples };
    }),
};
