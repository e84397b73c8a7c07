import { type Command, Option } from 'commander';
import { absolute, jsonOption } from '../options.ts';
import { refuseExisting, save } from '../save.ts';
import { print, printJson, type Terminal, write } from '../terminal.ts';

interface TypesOptions {
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

export function addTypes(genome: Command, terminal: Terminal): void {
  genome
    .command('types')
    .description("write a typed client of a genome's receptors, for peertree/client")
    .argument('<file>', 'a genome file')
    .addOption(new Option('-o, --output <file>', 'where to write it (default: standard output)'))
    .addOption(new Option('-f, --force', 'replace a file that is there'))
    .addOption(jsonOption())
    .action((file: string, options: TypesOptions) => writeTypes(terminal, file, options));
}

async function writeTypes(terminal: Terminal, file: string, { output, force, json }: TypesOptions): Promise<void> {
  const { loadGenome } = await import('../../actors/genome.ts');
  const { receptorSet } = await import('../../actors/genome/receptor-set.ts');
  const { clientTypes } = await import('../../actors/genome/client-types.ts');
  const set = receptorSet(await loadGenome(absolute(terminal.cwd, file)));
  const text = clientTypes(set);
  if (output !== undefined) {
    const target = absolute(terminal.cwd, output);
    await refuseExisting(target, { force: force === true });
    await save(bytesOf(text), target, () => undefined, { force: force === true });
  }
  const receptors = set.receptors.map(({ name }) => name);
  if (json === true)
    await printJson(terminal, { genome: set.genome, receptors, ...(output === undefined ? { text } : { output }) });
  else if (output === undefined) await write(terminal.out, text);
  else await print(terminal, `${output}: written, with ${receptors.length} receptors of ${set.genome}`);
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
