import type { RememberedFile } from '../../contract/memory.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson, type Terminal } from '../terminal.ts';

interface RememberFlags extends TargetOptions {
  readonly note?: string;
}

export const register: Register = (program, terminal) => {
  const remember = program
    .command('remember')
    .description('have files found again that were forgotten, or say something of them')
    .argument('<ids|names...>', 'which files')
    .option('--note <text>', 'a description, tags or a note, by which they are found as by their text');
  withTarget(remember).action((names: readonly string[], { note, ...flags }: RememberFlags) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const options = note === undefined ? {} : { note };
      for (const name of names) await tell(terminal, await client.memory.remember(name, options), flags);
    }),
  );
  const forget = program
    .command('forget')
    .description('have files not found any more; the files themselves stay')
    .argument('<ids|names...>', 'which files');
  withTarget(forget).action((names: readonly string[], flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      for (const name of names) await tell(terminal, await client.memory.forget(name), flags);
    }),
  );
};

function tell(terminal: Terminal, file: RememberedFile, flags: TargetOptions): Promise<void> {
  if (flags.json === true) return printJson(terminal, file);
  return print(terminal, `${printable(file.name)}: ${file.remembered}`);
}
