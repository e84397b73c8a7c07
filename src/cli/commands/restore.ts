import { absolute, dataOption, jsonOption } from '../options.ts';
import type { Register } from '../program.ts';
import { print, printJson, say, type Terminal } from '../terminal.ts';

interface RestoreFlags {
  readonly data: string;
  readonly json?: true;
}

export const register: Register = (program, terminal) => {
  program
    .command('restore')
    .description("mark a node's data folder as restored from a backup, before the node is started on it")
    .addOption(dataOption('./node'))
    .addOption(jsonOption())
    .action((flags: RestoreFlags) => restore(terminal, flags));
};

async function restore(terminal: Terminal, { data, json }: RestoreFlags): Promise<void> {
  const { markRestored } = await import('../../runtime/restored-folder.ts');
  const incarnation = await markRestored(absolute(terminal.cwd, data));
  if (json === true) return printJson(terminal, { restored: absolute(terminal.cwd, data), incarnation });
  await print(terminal, `${data} is marked as restored`);
  say(
    terminal,
    'The node will not vote until the others have let it in anew, since its disk may have forgotten votes.',
  );
  say(terminal, "Where it was the only voter nobody can: then 'peertree promote --force' says that it shall decide.");
}
