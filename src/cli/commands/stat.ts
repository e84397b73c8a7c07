import type { Client } from '../../client/index.ts';
import { isFault } from '../../contract/errors.ts';
import type { Remembered } from '../../contract/memory.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import { padded, paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { humanBytes } from '../quantity.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson } from '../terminal.ts';

/** How far the organism remembers it; undefined where it has no memory, or none that answers. */
async function rememberedOf(client: Client, idOrName: string): Promise<{ remembered: Remembered } | undefined> {
  try {
    const { remembered } = await client.memory.stat(idOrName);
    return { remembered };
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('stat')
    .description('show what is known of a file')
    .argument('<id|name>', 'which file');
  withTarget(command).action((idOrName: string, flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const file = await client.head(idOrName);
      const memory = await rememberedOf(client, idOrName);
      if (flags.json === true) return printJson(terminal, { ...file, ...memory });
      const facts: readonly (readonly [string, string])[] = [
        ['name', printable(file.name)],
        ['id', file.id],
        ['size', `${humanBytes(file.bytes)} (${file.bytes} bytes)`],
        ['shards', String(file.shards)],
        ['version', String(file.version)],
        ['stored', file.storedAt],
        ['sha-256', file.etag],
        ...(memory === undefined ? [] : [['memory', memory.remembered] as const]),
      ];
      const paint = paintFor(terminal);
      return print(terminal, facts.map(([title, fact]) => `${paint('dim', padded(title, 8))} ${fact}`).join('\n'));
    }),
  );
};
