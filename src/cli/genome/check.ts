import type { Command } from 'commander';
import type { FiledProblem } from '../../actors/genome/problems.ts';
import type { Genome } from '../../actors/genome.ts';
import { Fault } from '../../contract/errors.ts';
import { jsonOption } from '../options.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';

/** What became of one file. */
interface Verdict {
  readonly file: string;
  readonly genome: Genome | undefined;
  readonly problems: readonly FiledProblem[];
}

export function addCheck(genome: Command, terminal: Terminal): void {
  genome
    .command('check')
    .description(
      'check genome files, together where there are several, and name file, line and column of whatever is wrong',
    )
    .argument('<files...>', 'genome files (YAML or JSON)')
    .addOption(jsonOption())
    .action(async (files: readonly string[], { json }: { json?: true }) => {
      const verdicts = await judge(files);
      for (const verdict of verdicts) await (json === true ? tellAsJson(terminal, verdict) : tell(terminal, verdict));
      const wrong = verdicts.filter(({ problems }) => problems.length > 0);
      if (wrong.length === 0) return;
      const what = wrong.length === 1 ? `${wrong[0]?.file} is not a genome` : `${wrong.length} files are not genomes`;
      throw new Fault('genome-invalid', what);
    });
}

/** Each file by itself; and those that are right against each other, and the shipped ones that they use. */
async function judge(files: readonly string[]): Promise<readonly Verdict[]> {
  // Only here: the compiler takes longer to load than most commands to run.
  const { loadGenome } = await import('../../actors/genome.ts');
  const verdicts: Verdict[] = [];
  for (const file of files) {
    const found = await outcomeOf(() => loadGenome(file));
    verdicts.push({ file, genome: found.value, problems: found.problems });
  }
  const together = await problemsTogether(verdicts.flatMap(({ genome }) => genome ?? []));
  return verdicts.map((verdict) => {
    const own = together.filter(({ file }) => file === verdict.file);
    return { ...verdict, problems: [...verdict.problems, ...own] };
  });
}

async function problemsTogether(genomes: readonly Genome[]): Promise<readonly FiledProblem[]> {
  const { checkGenomes } = await import('../../actors/genome.ts');
  const shipped = await shippedFor(genomes);
  return (await outcomeOf(() => checkGenomes([...genomes, ...shipped]))).problems;
}

/** The shipped genomes that these use and that are not among them, and what those use. */
async function shippedFor(genomes: readonly Genome[]): Promise<readonly Genome[]> {
  const { loadGenome, SHIPPED_GENOMES } = await import('../../actors/genome.ts');
  const shipped = await Promise.all(SHIPPED_GENOMES.map((path) => loadGenome(path)));
  const all = [...genomes];
  for (const genome of all) {
    const used = shipped.filter((one) => usesOf(genome).includes(one.genome));
    all.push(...used.filter((one) => !all.some((other) => other.genome === one.genome)));
  }
  return all.slice(genomes.length);
}

function usesOf({ uses, organs }: Genome): readonly string[] {
  return [
    ...uses,
    ...Object.values(organs).flatMap((organ) => (organ.kind === 'files' || organ.kind === 'index' ? [organ.uses] : [])),
  ];
}

async function outcomeOf<T>(
  call: () => T | Promise<T>,
): Promise<{ readonly value: T | undefined; readonly problems: readonly FiledProblem[] }> {
  const { InvalidGenome } = await import('../../actors/genome/problems.ts');
  try {
    return { value: await call(), problems: [] };
  } catch (error) {
    if (error instanceof InvalidGenome) return { value: undefined, problems: error.problems };
    throw error;
  }
}

async function tell(terminal: Terminal, { file, genome, problems }: Verdict): Promise<void> {
  const { InvalidGenome } = await import('../../actors/genome/problems.ts');
  if (problems.length > 0) say(terminal, new InvalidGenome(problems).message);
  else await print(terminal, `${file}: ${genome?.genome} ${genome?.version} is a valid genome`);
}

async function tellAsJson(terminal: Terminal, { file, genome, problems }: Verdict): Promise<void> {
  const named = genome === undefined ? {} : { genome: genome.genome, version: genome.version };
  await printJson(terminal, {
    file,
    ...named,
    valid: problems.length === 0,
    problems: problems.map(({ at, text, meant }) => ({ ...at, text, ...(meant === undefined ? {} : { meant }) })),
  });
}
