import type { Command } from 'commander';
import { Fault } from '../../contract/errors.ts';
import type { Rehearsed } from '../../runtime/simulation/rehearsal.ts';
import { absolute, collected, jsonOption, wholeNumber } from '../options.ts';
import { paintFor } from '../paint.ts';
import { print, printJson, type Terminal } from '../terminal.ts';

interface TestOptions {
  readonly seed: number;
  readonly with?: readonly string[];
  readonly json?: true;
}

export function addTest(genome: Command, terminal: Terminal): void {
  genome
    .command('test')
    .description('run the tests that a genome file has, each in a simulated organism with the faults that it names')
    .argument('<file>', 'a genome file')
    .option('--seed <seed>', 'decides everything that is drawn', wholeNumber(0, 999_999_999), 1)
    .option('--with <file>', 'a genome that it uses; may be repeated', collected)
    .addOption(jsonOption())
    .action((file: string, options: TestOptions) => test(terminal, file, options));
}

async function test(terminal: Terminal, file: string, { seed, with: beside = [], json }: TestOptions): Promise<void> {
  const { loadGenome, checkGenomes, requireGrowable } = await import('../../actors/genome.ts');
  const { rehearse } = await import('../../runtime/simulation/rehearsal.ts');
  const load = (path: string) => loadGenome(absolute(terminal.cwd, path));
  const [genome, others] = [await load(file), await Promise.all(beside.map(load))];
  checkGenomes([...others, genome]);
  requireGrowable([...others, genome]);
  const results = await rehearse(genome, { seed, beside: others });
  for (const result of results) {
    if (json === true) await printJson(terminal, { file, ...result });
    else await print(terminal, lineOf(terminal, file, result));
  }
  const failed = results.filter(({ ok }) => !ok).length;
  if (failed > 0) throw new Fault('not-correct', `${failed} of ${results.length} tests failed`);
  if (results.length === 0) throw new Fault('usage', `${file} has no tests`);
}

function lineOf(terminal: Terminal, file: string, { test: name, ok, steps, tookMs, failure }: Rehearsed): string {
  const paint = paintFor(terminal);
  if (ok) return `${paint('green', '✓')} ${name}: ${steps} steps, ${(tookMs / 1_000).toFixed(1)} s of virtual time`;
  return `${paint('red', '✗')} ${name}\n  ${file}:${failure?.line}:${failure?.column}: ${failure?.text}`;
}
