import { Fault } from '../../contract/errors.ts';
import type { VerifyReport } from '../../contract/services.ts';
import { interruptible } from '../interrupt.ts';
import { type TargetOptions, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { counted, humanBytes } from '../quantity.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';

/** Missing shards named to a person; the JSON has them all. */
const MISSING_SHOWN_MAX = 5;

export const register: Register = (program, terminal) => {
  const command = program
    .command('verify')
    .description('have every copy of every piece of a file read and hashed where it lies')
    .argument('<id|name>', 'which file');
  withTarget(command).action((idOrName: string, flags: TargetOptions) =>
    withTargetNode(terminal, flags, async ({ client }) => {
      const verdict = await interruptible((signal) => client.verify(idOrName, { signal }));
      await (flags.json === true ? printJson(terminal, verdict) : show(terminal, verdict));
      if (!verdict.ok) throw new Fault('corrupt', `${printable(verdict.name)} is not whole`);
    }),
  );
};

async function show(terminal: Terminal, { name, shards, bytes, ok, copies, missing }: VerifyReport): Promise<void> {
  const paint = paintFor(terminal);
  const mark = ok ? paint('green', '✓') : paint('red', '✗');
  const good = counted(copies.good, 'good copy', 'good copies');
  const bad = copies.bad === 0 ? '' : `, ${paint('red', `${copies.bad} bad`)}`;
  await print(
    terminal,
    `${mark} ${printable(name)}  ${humanBytes(bytes)} in ${counted(shards, 'shard')}, ${good}${bad}`,
  );
  for (const hash of missing.slice(0, MISSING_SHOWN_MAX)) say(terminal, `missing: shard ${hash}`);
  if (missing.length > MISSING_SHOWN_MAX) say(terminal, `… and ${missing.length - MISSING_SHOWN_MAX} more`);
}
