import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { base64url } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { foundersKey } from '../operator.ts';
import { absolute, dataOption, jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { printJson, say, type Terminal, write } from '../terminal.ts';

interface ExportFlags {
  readonly data: string;
  readonly out?: string;
  readonly json?: true;
}

export const register: Register = (program, terminal) => {
  const key = program.command('key').description("work with the organism's key");
  key
    .command('export')
    .description(
      "print the organism's private key, which its founder made: keep a copy where the founder's disk can't take it along",
    )
    .addOption(dataOption())
    .option('-o, --out <file>', 'write it to a new file that only you can read')
    .addOption(jsonOption())
    .action((flags: ExportFlags) => exportKey(terminal, flags));
};

async function exportKey(terminal: Terminal, { data, out, json }: ExportFlags): Promise<void> {
  const pem = await foundersKey(terminal, data);
  if (out !== undefined) {
    await writeNew(absolute(terminal.cwd, out), pem);
    say(terminal, `The key is in ${out}. Whoever has it speaks for the whole organism.`);
  }
  if (json === true) return printJson(terminal, { spki: publicKeyOf(pem), ...(out === undefined ? { pem } : { out }) });
  if (out === undefined) await write(terminal.out, pem);
}

async function writeNew(path: string, pem: string): Promise<void> {
  try {
    await writeFile(path, pem, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Fault('already-exists', `${path} exists, and a key is never written over another`, { cause: error });
  }
}

function publicKeyOf(pem: string): string {
  return base64url(createPublicKey(pem).export({ type: 'spki', format: 'der' }));
}
