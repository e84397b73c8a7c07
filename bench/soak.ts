import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Verdict } from '../src/runtime/simulation/simulate.ts';
import { commandOf, runSeed } from '../test/simulation/bank.ts';

/**
 * `npm run soak -- [--first 1] [--seeds 200] [--jobs CORES]`: small organisms under drawn faults and load, seed by seed, as
 * many processes at once as there are cores. Prints a line a failing seed, and how many seeds a minute were run. Exits 10
 * where only liveness was broken, 11 where correctness was.
 */
const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '200' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
const EXITS = { liveness: 10, correctness: 11 } as const;
const PROGRESS_EVERY = 25;

async function work(): Promise<void> {
  process.on('message', async (seed: number) => process.send?.(await runSeed(seed)));
}

async function lead(): Promise<void> {
  const first = Number(values.first);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => first + index);
  const verdicts: Verdict[] = [];
  const startedAt = performance.now();
  const run = async (): Promise<void> => {
    const worker = fork(fileURLToPath(import.meta.url), { env: { ...process.env, SOAK_WORKER: '1' } });
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const verdict = await new Promise<Verdict>((resolve) => {
        worker.once('message', resolve);
        worker.send(seed as number);
      });
      verdicts.push(verdict);
      if (verdict.violation !== null) report(verdict);
      if (verdicts.length % PROGRESS_EVERY === 0)
        console.error(`${verdicts.length} seeds, ${rate(verdicts, startedAt)}`);
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, run));
  const sum = (pick: (verdict: Verdict) => number): string =>
    verdicts.reduce((total, verdict) => total + pick(verdict), 0).toLocaleString('en-US');
  const broken = verdicts.flatMap(({ violation }) => (violation === null ? [] : [violation.kind]));
  console.log(
    `${verdicts.length} seeds, ${rate(verdicts, startedAt)}: ${sum(({ struck }) => struck)} faults, ` +
      `${sum(({ operations }) => operations.acknowledged)} operations acknowledged, ` +
      `${sum(({ virtualMs }) => Math.round(virtualMs / 60_000))} virtual minutes, ${broken.length} failed`,
  );
  if (broken.length > 0) process.exitCode = Math.max(...broken.map((kind) => EXITS[kind]));
}

function report({ seed, violation }: Verdict): void {
  console.log(`seed ${seed}: ${violation?.invariant}: ${violation?.detail.split('\n')[0]}`);
  console.log(`  again: ${commandOf(seed)}`);
}

function rate(verdicts: readonly Verdict[], since: number): string {
  return `${((verdicts.length * 60_000) / (performance.now() - since)).toFixed(1)} seeds a minute`;
}

await (process.env.SOAK_WORKER === '1' ? work() : lead());
