import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runTrial, type TrialReport } from '../src/runtime/simulation/trial.ts';

/**
 * `npm run soak:trials -- [--first 1] [--seeds 200] [--nodes 50] [--jobs CORES]`: organisms under drawn faults, seed by
 * seed, as many processes at once as there are cores. Each acknowledged file must be read at every cell in the end. Prints
 * a line a failing seed, and a summary; exits 11 where a seed broke a promise.
 */
const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '200' },
    nodes: { type: 'string', default: '50' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
const CORRECTNESS = 11;

interface Verdict {
  readonly seed: number;
  readonly report?: TrialReport;
  readonly failure?: string;
}

async function work(): Promise<void> {
  process.on('message', async (seed: number) => {
    const verdict = await runTrial({ seed, nodes: Number(values.nodes), preset: 'wan' }).then(
      (report): Verdict => ({ seed, report }),
      (error: unknown): Verdict => ({ seed, failure: String(error) }),
    );
    process.send?.(verdict);
  });
}

async function lead(): Promise<void> {
  const first = Number(values.first);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
  const verdicts: Verdict[] = [];
  const startedAt = performance.now();
  const run = async (): Promise<void> => {
    const worker = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, SOAK_WORKER: '1' },
    });
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const verdict = await new Promise<Verdict>((resolve) => {
        worker.once('message', resolve);
        worker.send(seed as number);
      });
      verdicts.push(verdict);
      if (verdict.failure !== undefined) console.log(`seed ${verdict.seed}: ${verdict.failure}`);
      if (verdicts.length % 10 === 0)
        console.error(`${verdicts.length} seeds, ${rate(verdicts.length, startedAt)} a minute`);
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, run));
  const failed = verdicts.filter(({ failure }) => failure !== undefined);
  const reads = verdicts.reduce((sum, { report }) => sum + (report?.reads ?? 0), 0);
  const acknowledged = verdicts.reduce((sum, { report }) => sum + (report?.puts.acknowledged ?? 0), 0);
  console.log(
    `${verdicts.length} seeds, ${rate(verdicts.length, startedAt)} a minute: ${acknowledged} files acknowledged, ${reads} reads, ${failed.length} failed`,
  );
  if (failed.length > 0) process.exitCode = CORRECTNESS;
}

function rate(seeds: number, since: number): string {
  return ((seeds * 60_000) / (performance.now() - since)).toFixed(1);
}

await (process.env['SOAK_WORKER'] === '1' ? work() : lead());
