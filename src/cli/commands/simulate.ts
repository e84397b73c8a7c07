import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { checkGenomes, type Genome, loadGenome } from '../../actors/genome.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Preset } from '../../contract/words.ts';
import type { FailingRun, SimulationOptions, Verdict } from '../../runtime/simulation/index.ts';
import { absolute, jsonOption, wholeNumber } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';

interface SimulateFlags {
  readonly cells: number;
  readonly seed: number;
  readonly minutes: number;
  readonly faults?: string;
  readonly preset: Preset;
  readonly shrink: boolean;
  readonly out: string;
  readonly json?: true;
}

/** The simulation of this module's own loading, so that no other command has to. */
type Simulation = typeof import('../../runtime/simulation/index.ts');

const MINUTE_MS = 60_000;
const MINUTES_MAX = 100_000;
const SEED_MAX = 999_999_999;

export const register: Register = (program, terminal) => {
  program
    .command('simulate')
    .description('run an organism under drawn faults on virtual time, and hold it to every invariant')
    .argument('[genomes...]', 'genome files; where none is named the shipped ones, with small shards')
    .addOption(
      new Option('--cells <count>', 'nodes at the beginning').default(12).argParser(wholeNumber(1, LIMITS.nodesMax)),
    )
    .addOption(new Option('--seed <number>', 'decides everything').default(1).argParser(wholeNumber(0, SEED_MAX)))
    .addOption(new Option('--minutes <minutes>', 'virtual time under faults').default(1).argParser(minutes))
    .addOption(new Option('--faults <file>', 'the plan of the faults, instead of a drawn one'))
    .addOption(
      new Option('--preset <preset>', 'how far apart the nodes are').choices(['local', 'lan', 'wan']).default('lan'),
    )
    .addOption(new Option('--no-shrink', 'do not look for a smaller plan where the run fails'))
    .addOption(new Option('--out <folder>', 'where a failing run leaves its plan and its picture').default('.'))
    .addOption(jsonOption())
    .action((genomes: readonly string[], flags: SimulateFlags) => run(terminal, genomes, flags));
};

function minutes(text: string): number {
  const value = /^\d{1,6}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= MINUTES_MAX))
    throw new InvalidArgumentError('It is a number of minutes, such as 30 or 0.5.');
  return value;
}

async function run(terminal: Terminal, files: readonly string[], flags: SimulateFlags): Promise<void> {
  const simulation = await import('../../runtime/simulation/index.ts');
  const options = {
    seed: flags.seed,
    cells: flags.cells,
    faultsMs: Math.round(flags.minutes * MINUTE_MS),
    preset: flags.preset,
    ...(files.length === 0 ? {} : { genomes: await genomesOf(terminal, files) }),
    ...(flags.faults === undefined ? {} : { plan: await planOf(terminal, flags.faults, simulation) }),
  };
  const progress = new Running(terminal, `seed ${flags.seed}`);
  const verdict = await simulation.simulate({ ...options, onProgress: (share) => progress.show(share) });
  progress.end();
  const failing = verdict.violation === null ? null : { options, plan: verdict.plan, verdict };
  const left =
    failing === null
      ? null
      : await leave(terminal, await smaller(terminal, failing, flags, simulation), files, flags, simulation);
  if (flags.json === true) await printJson(terminal, { ...summaryOf(verdict, flags), replay: left });
  else await show(terminal, verdict, flags);
  if (verdict.violation === null) return;
  const { kind, invariant, detail } = verdict.violation;
  throw new Fault(kind === 'liveness' ? 'not-live' : 'not-correct', `${invariant}: ${detail}`);
}

async function genomesOf(terminal: Terminal, files: readonly string[]): Promise<readonly Genome[]> {
  const genomes = await Promise.all(files.map((file) => loadGenome(absolute(terminal.cwd, file))));
  checkGenomes(genomes);
  return genomes;
}

async function planOf(
  terminal: Terminal,
  file: string,
  { parsePlan }: Simulation,
): Promise<SimulationOptions['plan'] & object> {
  return parsePlan(await readFile(absolute(terminal.cwd, file), 'utf8'), file);
}

async function smaller(
  terminal: Terminal,
  failing: FailingRun,
  flags: SimulateFlags,
  { shrink }: Simulation,
): Promise<FailingRun> {
  const { seed, violation } = failing.verdict;
  say(terminal, `seed ${seed} breaks ${violation?.invariant} at ${seconds(violation?.at ?? 0)}`);
  if (!flags.shrink) return failing;
  say(terminal, 'looking for less that breaks it too ...');
  const progress = new Running(terminal, 'shrinking');
  const least = await shrink(failing, {
    onSmaller: ({ plan, options }, runs) =>
      progress.show(runs / LIMITS.shrinkRunsMax, `${plan.length} faults, ${options.cells} cells`),
  });
  progress.end();
  return least;
}

/** What a failing run leaves behind, and the command that runs it again. */
interface Left {
  readonly command: string;
  readonly faults: string;
  readonly timeline: string;
  readonly trace: string;
}

async function leave(
  terminal: Terminal,
  least: FailingRun,
  files: readonly string[],
  flags: SimulateFlags,
  { simulate, Chronicle, timelinePage, writePlan }: Simulation,
): Promise<Left> {
  const { options, plan } = least;
  const name = `seed-${options.seed}`;
  const [faults, timeline] = [`${name}.faults.json`, `${name}.timeline.html`].map((file) => join(flags.out, file)) as [
    string,
    string,
  ];
  const chronicle = new Chronicle();
  const verdict = await simulate({ ...options, plan, observe: (observation) => chronicle.see(observation) });
  if (verdict.violation !== null) chronicle.breach(verdict.violation.invariant, verdict.violation.at);
  await writeFile(absolute(terminal.cwd, faults), writePlan(plan));
  await writeFile(absolute(terminal.cwd, timeline), timelinePage(chronicle, verdict));
  const command = [
    'peertree simulate',
    ...files,
    `--cells ${options.cells}`,
    `--seed ${options.seed}`,
    `--minutes ${options.faultsMs / MINUTE_MS}`,
    ...(flags.preset === 'lan' ? [] : [`--preset ${flags.preset}`]),
    `--faults ${faults}`,
  ].join(' ');
  say(terminal, `${plan.length} faults are left: ${faults}, picture: ${timeline}`);
  say(terminal, `again: ${command}`);
  return { command, faults, timeline, trace: verdict.trace };
}

async function show(terminal: Terminal, verdict: Verdict, flags: SimulateFlags): Promise<void> {
  const { seed, cells, virtualMs, events, struck, operations, trace } = verdict;
  const counts = [
    `${cells} cells`,
    `${flags.minutes} min under ${struck} faults, ${seconds(virtualMs)} in all`,
    `${events.toLocaleString('en-US')} events`,
    `${operations.acknowledged} of ${operations.asked} operations acknowledged`,
  ];
  await print(terminal, `seed ${seed}: ${counts.join(', ')}`);
  await print(terminal, verdict.violation === null ? 'every invariant held' : `broken: ${verdict.violation.invariant}`);
  await print(terminal, `trace: ${trace}`);
}

function summaryOf({ plan, struck, ...verdict }: Verdict, { minutes: time }: SimulateFlags): object {
  return { ...verdict, minutes: time, faults: { planned: plan.length, struck } };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** How far something is, on one line that is drawn anew; on a terminal only. */
class Running {
  readonly #terminal: Terminal;
  readonly #what: string;
  #drawn = '';

  constructor(terminal: Terminal, what: string) {
    this.#terminal = terminal;
    this.#what = what;
  }

  show(share: number, more = ''): void {
    const line = `${this.#what}  ${Math.floor(share * 100)} %  ${more}`.trimEnd();
    if (!this.#terminal.errIsTty || line === this.#drawn) return;
    this.#drawn = line;
    this.#terminal.err.write(`\r\u001b[2K${line}`);
  }

  end(): void {
    if (this.#drawn !== '') this.#terminal.err.write('\r\u001b[2K');
    this.#drawn = '';
  }
}
