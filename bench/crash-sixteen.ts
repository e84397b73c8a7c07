import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, median } from './figure.ts';
import { type NodeProcess, pause, withOrganism } from './organism.ts';

const NODES = 16;
const RUNS = 5;
const DEADLINE_MS = 60_000;

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

/** When this node learned that the other was replaced, epoch milliseconds. */
async function replacedAt(node: NodeProcess, gone: string, since: number): Promise<number> {
  const giveUpAt = Date.now() + DEADLINE_MS;
  while (Date.now() < giveUpAt) {
    for (const line of (await readFile(join(node.data, 'log.ndjson'), 'utf8')).split('\n')) {
      if (!line.includes('organism.replaced') || !line.includes(gone)) continue;
      const at = Date.parse((JSON.parse(line) as { time: string }).time);
      // A busy machine may have had it replaced, and back, before.
      if (at >= since) return at;
    }
    await pause(100);
  }
  throw new Error(`${node.id} does not know it after ${DEADLINE_MS / 1000} s`);
}
