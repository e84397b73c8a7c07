import type { Command } from 'commander';
import type { Entry } from '../../actors/genome/glossary.ts';
import { Fault } from '../../contract/errors.ts';
import { jsonOption } from '../options.ts';
import { paintFor } from '../paint.ts';
import { print, printJson, type Terminal } from '../terminal.ts';

export function addExplain(genome: Command, terminal: Terminal): void {
  genome
    .command('explain')
    .description('say in words what a genome file declares, or what a word of the language means')
    .argument('<what>', 'a genome file, or a word: a kind such as entity, a field such as receptor.access, a function')
    .addOption(jsonOption())
    .action(async (what: string, { json }: { json?: true }) => {
      if (isFile(what)) await explainFile(terminal, what, json === true);
      else await explainWord(terminal, what, json === true);
    });
}

function isFile(what: string): boolean {
  return /[.](ya?ml|json)$/i.test(what) || /[\\/]/.test(what);
}

async function explainFile(terminal: Terminal, file: string, json: boolean): Promise<void> {
  const { loadGenome } = await import('../../actors/genome.ts');
  const { explainGenome, outlineGenome } = await import('../../actors/genome/explain.ts');
  const genome = await loadGenome(file);
  if (json) await printJson(terminal, { file, ...outlineGenome(genome) });
  else await print(terminal, explainGenome(genome));
}

async function explainWord(terminal: Terminal, word: string, json: boolean): Promise<void> {
  const { lookUp, nearestWord } = await import('../../actors/genome/glossary.ts');
  const entries = lookUp(word);
  if (entries.length === 0) {
    const meant = nearestWord(word);
    const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
    throw new Fault('usage', `'${word}' is no word of the language, nor the path of a genome file${hint}`);
  }
  for (const entry of entries) await (json ? printJson(terminal, entry) : print(terminal, entryText(terminal, entry)));
}

function entryText(terminal: Terminal, { word, meaning, default: fallback, examples }: Entry): string {
  const paint = paintFor(terminal);
  return [
    paint('bold', word),
    `  ${meaning}`,
    ...(fallback === undefined ? [] : [`  default: ${shown(fallback)}`]),
    ...(examples.length === 0 ? [] : [`  example: ${examples.map(shown).join('   ')}`]),
  ].join('\n');
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}
