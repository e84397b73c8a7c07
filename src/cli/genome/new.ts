import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { Fault } from '../../contract/errors.ts';
import { absolute, jsonOption } from '../options.ts';
import { refuseExisting, save } from '../save.ts';
import { print, printJson, type Terminal } from '../terminal.ts';

interface NewOptions {
  readonly output?: string;
  readonly force?: true;
  readonly json?: true;
}

const NAME = /^[a-z][A-Za-z0-9]{0,39}$/;

export function addNew(genome: Command, terminal: Terminal): void {
  genome
    .command('new')
    .description('write a small genome to start from, with a comment beside whatever you will want to change')
    .argument('<name>', 'the name of the cell type: a small letter, then letters and digits')
    .addOption(new Option('-o, --output <file>', 'where to write it (default: NAME.genome.yaml)'))
    .addOption(new Option('-f, --force', 'replace a file that is there'))
    .addOption(jsonOption())
    .action(async (name: string, { output, force, json }: NewOptions) => {
      if (!NAME.test(name)) {
        throw new Fault('usage', `'${name}' is not a name: it has a small letter, then letters and digits, at most 40`);
      }
      const { starter } = await import('../../actors/genome/starter.ts');
      const file = output ?? `${name}.genome.yaml`;
      const target = absolute(terminal.cwd, file);
      await refuseExisting(target, { force: force === true });
      await save(bytesOf(starter(name, schemaFrom(target))), target, () => undefined, { force: force === true });
      if (json === true) await printJson(terminal, { file, genome: name });
      else await print(terminal, `${file}: written; peertree genome check ${file} tells whether it is right`);
    });
}

/** Where an editor finds the schema from there: the one that came with this program. */
function schemaFrom(target: string): string {
  const schema = fileURLToPath(new URL('../../../genomes/genome.schema.json', import.meta.url));
  const path = relative(dirname(target), schema).split('\\').join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
