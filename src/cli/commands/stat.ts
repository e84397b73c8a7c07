import { type TargetOptions, withTarget } from '../options.ts';
import { padded, paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { humanBytes } from '../quantity.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson } from '../terminal.ts';

export const register: Register = (program, terminal) => {
  const command = program
    .command('stat')
    .description('show what is known of a file')
    .argument('<id|name>', 'which file');
  withTarget(command).action((idOrName: string, flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const file = await client.head(idOrName);
      if (flags.json === true) return printJson(terminal, file);
      const facts: readonly (readonly [string, string])[] = [
        ['name', printable(file.name)],
        ['id', file.id],
        ['size', `${humanBytes(file.bytes)} (${file.bytes} bytes)`],
        ['shards', String(file.shards)],
        ['version', String(file.version)],
        ['stored', file.storedAt],
        ['sha-256', file.etag],
      ];
      const paint = paintFor(terminal);
      return print(terminal, facts.map(([title, fact]) => `${paint('dim', padded(title, 8))} ${fact}`).join('\n'));
    }),
  );
};
