import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runGenomeTrial } from '../test/simulation/genome-trial.ts';

/**
 * `npm run soak:genomes -- [--first 1] [--seeds 2000] [--jobs CORES]`: entities under a partition and a crash of their cell,
 * seed by seed, each process with its share of the seeds. Prints a line a failing seed; exits 11 where there was one.
 */
const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '2000' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    step: { type: 'string', default: '0' },
  },
});
const [first, seeds, jobs, step] = [values.first, values.seeds, values.jobs, values.step].map(Number) as [
  number,
  number,
  number,
  number,
];
const CORRECTNESS = 11;

async function work(): Promise<void> {
  let answered = 0;
  for (let seed = first; seed < first + seeds; seed += step) {
    const report = await runGenomeTrial(seed).catch((error: unknown) => ({ answered: 0, flaws: [String(error)] }));
    answered += report.answered;
    if (report.flaws.length === 0) continue;
    process.exitCode = CORRECTNESS;
    console.log(`seed ${seed}: ${report.flaws.join('; ')}`);
  }
  console.log(`from ${first} in steps of ${step}: ${answered} operations answered`);
}

async function lead(): Promise<void> {
  const shares = Array.from({ length: jobs }, (_, index) => {
    const share = ['--first', `${first + index}`, '--seeds', `${seeds - index}`, '--step', `${jobs}`];
    const worker = fork(fileURLToPath(import.meta.url), share);
    return new Promise<number | null>((resolve) => worker.once('exit', (code) => resolve(code)));
  });
  const codes = await Promise.all(shares);
  const failed = codes.some((code) => code !== 0);
  console.log(`${seeds} seeds from ${first} on: ${failed ? 'some failed' : 'all linearizable, every effect once'}`);
  if (failed) process.exitCode = CORRECTNESS;
}

await (step > 0 ? work() : lead());
