import { type TargetOptions, withTarget } from '../options.ts';
import type { Register } from '../program.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const command = program
    .command('conflicts')
    .description('list what a side that came back had decided otherwise; of a file, get takes it as a name');
  withTarget(command).action((flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      for (const conflict of await client.conflicts()) {
        if (flags.json === true) await printJson(terminal, conflict);
        else await print(terminal, `${conflict.genome}  ${printable(conflict.register)}${fileIn(conflict.value)}`);
      }
    }),
  );
};

/** A file's head says what people call it. */
function fileIn(value: unknown): string {
  const { name, storedAt } = (value ?? {}) as { readonly name?: unknown; readonly storedAt?: unknown };
  return typeof name === 'string' && typeof storedAt === 'string'
    ? `  ${printable(name)}, stored ${printable(storedAt)}`
    : '';
}
