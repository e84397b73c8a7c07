import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nearest } from '../src/contract/nearest.ts';
import type { Figure } from './figure.ts';
import { FIGURES } from './figures.ts';
import { stopAll } from './organism.ts';
import { aligned, type Row, rowOf } from './report.ts';

/** `npm run bench [-- NAME... [--json FILE]]`: measures, prints a table on stdout, and writes the same as JSON. */

const USAGE = `usage: npm run bench -- [NAME...] [--json FILE]\nfigures: ${FIGURES.map(({ name }) => name).join(', ')}\n`;
const DEFAULT_FILE = fileURLToPath(new URL('results/latest.json', import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string', default: DEFAULT_FILE }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) return usage(process.stdout, '', 0);
  const unknown = positionals.find((name) => !FIGURES.some((figure) => isMeant(figure, name)));
  if (unknown !== undefined) {
    const meant = nearest(
      unknown,
      FIGURES.map(({ name }) => name),
    );
    return usage(
      process.stderr,
      `there is no figure '${unknown}'${meant === undefined ? '' : `; did you mean '${meant}'?`}\n`,
      2,
    );
  }
  const chosen =
    positionals.length === 0 ? FIGURES : FIGURES.filter((figure) => positionals.some((name) => isMeant(figure, name)));
  const rows: Row[] = [];
  // One after the other: two figures at once would measure each other.
  for (const figure of chosen) rows.push(await measure(figure));
  process.stdout.write(`${aligned(rows)}\n`);
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify({ machine: machine(), figures: rows }, null, 2)}\n`);
  process.stderr.write(`written to ${values.json}\n`);
  return rows.some((row) => row.outcome === 'failed') ? 1 : 0;
}

/** By its whole name, or by the first words of it: `kernel` means `kernel-tell` and its kin. */
function isMeant(figure: Figure, name: string): boolean {
  return figure.name === name || figure.name.startsWith(`${name}-`);
}

function usage(stream: NodeJS.WriteStream, why: string, exit: number): number {
  stream.write(`${why}${USAGE}`);
  return exit;
}

/** A figure that fails is told as such, and the others go on. */
async function measure(figure: Figure): Promise<Row> {
  const say = (progress: string): void => void process.stderr.write(`${figure.name}: ${progress}\n`);
  say('started');
  try {
    return rowOf(figure, await figure.run(say));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`failed: ${reason}`);
    return { name: figure.name, unit: figure.unit, outcome: 'failed', reason };
  }
}

/** What a number depends on besides the code. */
function machine(): Record<string, number | string> {
  const { version, platform, arch } = process;
  return { node: version, platform, arch, cores: cpus().length, cpu: cpus()[0]?.model ?? '', memoryBytes: totalmem() };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));
}
process.exitCode = await main();
