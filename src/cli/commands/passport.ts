import { readFile, writeFile } from 'node:fs/promises';
import { Fault } from '../../contract/errors.ts';
import { absolute, jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson, type Terminal } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const passport = program.command('passport').description('work with the keys by which clients sign their requests');
  passport
    .command('new')
    .description('make a new passport, in a file that only you can read')
    .argument('<file>', 'the file, such as anna.pem')
    .addOption(jsonOption())
    .action((file: string, { json }: { json?: true }) => make(terminal, file, json === true));
  passport
    .command('show')
    .description("print a passport's key id, which allow lists name, and its public key")
    .argument('<file>', 'the file')
    .addOption(jsonOption())
    .action((file: string, { json }: { json?: true }) => show(terminal, file, json === true));
};

async function make(terminal: Terminal, file: string, json: boolean): Promise<void> {
  const { generateKeyPem } = await import('../../runtime/signer/p256.ts');
  const path = absolute(terminal.cwd, file);
  try {
    await writeFile(path, generateKeyPem(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Fault('already-exists', `${path} exists, and a key is never written over another`, { cause: error });
  }
  await show(terminal, file, json);
}

async function show(terminal: Terminal, file: string, json: boolean): Promise<void> {
  const { readPassport } = await import('../../client/passport.ts');
  const { id, spki } = readPassport(await readFile(absolute(terminal.cwd, file), 'utf8'));
  if (json) await printJson(terminal, { file, id, spki });
  else await print(terminal, `${id}  ${file}`);
}
