import { fork } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Breach } from '../src/runtime/simulation/simulate.ts';
import { MUTANTS } from '../test/mutants/bank.ts';
import { bundleOf } from '../test/mutants/bundle.ts';
import type { Kill } from '../test/mutants/kills.ts';
import { breachOf, RUN, type Trial } from '../test/mutants/trial.ts';

/**
 * `npm run soak:mutants -- [--only NAME]... [--seeds 500] [--kills 3] [--jobs CORES] [--wide] [--write]`: looks, from scratch, for
 * seeds under which each mutant of the bank breaks an invariant and the source as it is does not. With `--wide` a seed draws
 * from every kind of fault, and not from those alone that the mutant names: it takes more of them. With `--write` they are
 * kept in test/mutants/kills.json, which `npm test` replays. Exits 11 where a mutant survives.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '500' },
    kills: { type: 'string', default: '3' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    wide: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const SURVIVED = 11;
const FILE = fileURLToPath(new URL('../test/mutants/kills.json', import.meta.url));

interface Hunt {
  readonly name: string;
  readonly kills: readonly Kill[];
  /** Seeds that were run with the mutant. */
  readonly tried: number;
  readonly failure?: string;
}

/** What the source as it is does in a run: the same for every mutant that has this run. */
const original = new Map<string, Promise<Breach | null>>();

function originally(seed: number, trial: Trial): Promise<Breach | null> {
  const run = `${seed} ${trial.cells} ${trial.wide === true ? '' : (trial.under ?? []).join()}`;
  const known = original.get(run) ?? bundleOf(null).then((simulation) => breachOf(simulation, seed, trial));
  original.set(run, known);
  return known;
}

async function hunt(name: string): Promise<Hunt> {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
  const mutated = await bundleOf(mutant);
  const trial: Trial = { ...mutant, wide: values.wide };
  const kills: Kill[] = [];
  let tried = 0;
  while (tried < Number(values.seeds) && kills.length < Number(values.kills)) {
    tried += 1;
    const breach = await breachOf(mutated, tried, trial);
    // A seed that fails without the mutant as well says nothing of it.
    if (breach === null || (await originally(tried, trial)) !== null) continue;
    kills.push({ seed: tried, invariant: breach.invariant });
  }
  return { name, kills, tried };
}

async function work(): Promise<void> {
  process.on('message', async (name: string) => {
    const hunted = await hunt(name).catch(
      (error: unknown): Hunt => ({ name, kills: [], tried: 0, failure: String(error) }),
    );
    process.send?.(hunted);
  });
}

async function lead(): Promise<void> {
  const names = MUTANTS.map(({ name }) => name).filter(
    (name) => values.only.length === 0 || values.only.includes(name),
  );
  const hunts: Hunt[] = [];
  const run = async (): Promise<void> => {
    const worker = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, SOAK_WORKER: '1' },
    });
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const hunted = await new Promise<Hunt>((resolve) => {
        worker.once('message', resolve);
        worker.send(name as string);
      });
      hunts.push(hunted);
      console.log(line(hunted));
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(Number(values.jobs), names.length) }, run));
  const survivors = hunts.filter(({ kills }) => kills.length === 0);
  console.log(`${hunts.length - survivors.length} of ${hunts.length} mutants killed`);
  if (values.write) await write(hunts);
  if (survivors.length > 0) process.exitCode = SURVIVED;
}

function line({ name, kills, tried, failure }: Hunt): string {
  if (failure !== undefined) return `${name}: ${failure}`;
  if (kills.length === 0) return `${name}: SURVIVED ${tried} seeds`;
  return `${name}: ${kills.map(({ seed, invariant }) => `seed ${seed} (${invariant})`).join(', ')}`;
}

/** In the order of the bank; of mutants that were not hunted what is known stays. */
async function write(hunts: readonly Hunt[]): Promise<void> {
  const before = JSON.parse(await readFile(FILE, 'utf8').catch(() => '{"kills":{}}')) as {
    kills: Record<string, Kill[]>;
  };
  const found = Object.fromEntries(
    hunts.filter(({ kills }) => kills.length > 0).map(({ name, kills }) => [name, kills]),
  );
  const all = { ...before.kills, ...found };
  const kills = Object.fromEntries(MUTANTS.flatMap(({ name }) => (all[name] === undefined ? [] : [[name, all[name]]])));
  await writeFile(FILE, `${JSON.stringify({ run: RUN, kills }, null, 2)}\n`);
}

await (process.env.SOAK_WORKER === '1' ? work() : lead());
