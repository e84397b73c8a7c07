import { performance } from 'node:perf_hooks';
import type { Client, Download } from '../../client/index.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { Hashing } from '../hashing.ts';
import { interruptible } from '../interrupt.ts';
import { absolute, type TargetOptions, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { Progress } from '../progress.ts';
import { humanBytes, humanDuration } from '../quantity.ts';
import { lastSegment, refuseExisting, save, targetOf } from '../save.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson, type Terminal, write } from '../terminal.ts';

interface GetFlags extends TargetOptions {
  readonly out?: string;
  readonly force?: true;
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('get')
    .description('fetch a file, verify it, and only then give it its name')
    .argument('<id|name>', 'which file')
    .option(
      '-o, --out <path>',
      "where to: a file, a folder, or - for standard output (default: the file's own name, here)",
    )
    .option('--force', 'replace a file that exists');
  withTarget(command).action((idOrName: string, flags: GetFlags) => {
    if (flags.out === '-' && flags.json === true)
      throw new Fault('usage', '-o - and --json would both write to standard output');
    return withTargetNode(terminal, flags, ({ client }) =>
      interruptible((signal) => get(terminal, client, { idOrName, flags, signal })),
    );
  });
};

interface Wish {
  readonly idOrName: string;
  readonly flags: GetFlags;
  readonly signal: AbortSignal;
}

async function get(terminal: Terminal, client: Client, { idOrName, flags, signal }: Wish): Promise<void> {
  const download = await client.get(idOrName, { signal });
  if (flags.out === '-')
    return explained(download, 'standard output', idOrName, (bytes) => stream(terminal, download, bytes));
  const options = { force: flags.force === true };
  const target = await targetOf(
    absolute(terminal.cwd, flags.out ?? lastSegment(download.info.name)),
    download.info.name,
  );
  await refuseExisting(target, options);
  const progress = new Progress(terminal, printable(download.info.name), download.info.bytes);
  const startedAt = performance.now();
  await explained(download, target, idOrName, (counter) => {
    const hashing = new Hashing(download.body, (bytes) => {
      counter.seen = bytes;
      progress.show(bytes);
    });
    return save(hashing, target, () => hashing.verify(download.info), options).finally(() => progress.end());
  });
  const ms = Math.round(performance.now() - startedAt);
  await tell(terminal, download, { out: target, ms }, flags);
}

async function stream(terminal: Terminal, { info, body }: Download, counter: Counter): Promise<void> {
  const hashing = new Hashing(body, (bytes) => {
    counter.seen = bytes;
  });
  for await (const chunk of hashing) await write(terminal.out, chunk);
  hashing.verify(info);
}

function tell(
  terminal: Terminal,
  { info }: Download,
  done: { out: string; ms: number },
  flags: GetFlags,
): Promise<void> {
  const { id, name, bytes } = info;
  if (flags.json === true) return printJson(terminal, { id, name, bytes, out: done.out, ms: done.ms });
  const paint = paintFor(terminal);
  return print(
    terminal,
    `${paint('green', '✓')} ${printable(done.out)}  ${humanBytes(bytes)}, verified, ${humanDuration(done.ms)}`,
  );
}

interface Counter {
  seen: number;
}

/** Says after an interruption what is left and how to go on. */
async function explained(
  download: Download,
  where: string,
  idOrName: string,
  task: (counter: Counter) => Promise<void>,
): Promise<void> {
  const counter = { seen: 0 };
  try {
    await task(counter);
  } catch (error) {
    if (!isFault(error, 'cancelled')) throw error;
    const left =
      where === 'standard output' ? 'what was written is not the whole file' : `nothing was written to ${where}`;
    throw new Fault(
      'cancelled',
      `interrupted: ${humanBytes(counter.seen)} of ${humanBytes(download.info.bytes)} had come; ${left}.\n` +
        `To go on: peertree get ${printable(idOrName)}`,
    );
  }
}
