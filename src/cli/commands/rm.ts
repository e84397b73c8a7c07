import { type TargetOptions, withTarget } from '../options.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const command = program
    .command('rm')
    .description('remove files by id or name; shards that other files share stay')
    .argument('<ids|names...>', 'which files');
  withTarget(command).action((names: readonly string[], flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      for (const idOrName of names) {
        const { id, name, bytes } = await client.remove(idOrName);
        if (flags.json === true) await printJson(terminal, { id, name, bytes, removed: true });
        else await print(terminal, `removed ${printable(name)}`);
      }
    }),
  );
};
