import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { clientTypes } from '../src/actors/genome/client-types.ts';
import { receptorSet } from '../src/actors/genome/receptor-set.ts';
import { loadGenome } from '../src/actors/genome.ts';
import { fillFiles } from './blocks.ts';
import { commandLinePage } from './command-line.ts';
import { faultsPage, invariantsPage } from './invariants.ts';
import { errorsPage, genomeSchema, limitsPage } from './pages.ts';
import { stateChartsPage } from './state-charts.ts';

/** Every file that is generated from the code, or shows some of it, by its path from the repository's root. */
export async function generateAll(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['README.md', fillFiles(textOf('README.md'), textOf)],
    ['docs/ledger.md', fillFiles(textOf('docs/ledger.md'), textOf)],
    ['docs/simulation.md', fillFiles(textOf('docs/simulation.md'), textOf)],
    ['docs/genomes.md', fillFiles(textOf('docs/genomes.md'), textOf)],
    ['examples/small-desk.ts', await smallDeskClient()],
    ['docs/limits.md', limitsPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/command-line.md', commandLinePage()],
    ['docs/invariants.md', invariantsPage()],
    ['docs/faults.md', faultsPage()],
    ['docs/state-charts.md', await stateChartsPage()],
    ['genomes/genome.schema.json', genomeSchema()],
  ]);
}

/** The typed client that the tour of docs/genomes.md writes. */
async function smallDeskClient(): Promise<string> {
  return clientTypes(receptorSet(await loadGenome(locate('examples/genomes/small-desk.genome.yaml'))));
}

/** Where a path from the repository's root is on this disk. */
export function locate(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function textOf(path: string): string {
  return readFileSync(locate(path), 'utf8');
}

async function writeAll(): Promise<void> {
  for (const [path, text] of await generateAll()) {
    const before = await readFile(locate(path), 'utf8').catch(() => undefined);
    if (before !== text) await writeFile(locate(path), text);
    process.stderr.write(`${before === text ? 'unchanged' : 'written  '} ${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeAll();
