import { createReadStream } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Option } from 'commander';
import type { Client } from '../../client/index.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import type { PutReceipt } from '../../contract/services.ts';
import { Hashing } from '../hashing.ts';
import { interruptible } from '../interrupt.ts';
import { absolute, type TargetOptions, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { Progress } from '../progress.ts';
import { counted, humanBytes, humanDuration } from '../quantity.ts';
import { untilRemembered } from '../remembering.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, printJson, say, type Terminal } from '../terminal.ts';
import { uploadsOf } from '../uploads.ts';

interface PutFlags extends TargetOptions {
  readonly name?: string;
  readonly ifAbsent?: true;
  readonly wait?: true;
}

/** A file or standard input, as it is sent. */
interface Parcel {
  readonly label: string;
  readonly source: AsyncIterable<Uint8Array>;
  readonly name: string | undefined;
  readonly bytes: number | undefined;
}

const READ_BYTES = 1024 * 1024;

export const register: Register = (program, terminal) => {
  const command = program
    .command('put')
    .description('store a file, each file below a folder, or standard input (-)')
    .argument('<path>', 'a file, a folder, or - for standard input')
    .option('--name <name>', "the name to store it under; for a folder, what its files' names begin with")
    .addOption(new Option('--if-absent', 'fail where the name is taken instead of storing its next version'))
    .option('--wait', 'wait until each file can be found by describing it');
  withTarget(command).action((path: string, flags: PutFlags) =>
    withTargetNode(terminal, flags, ({ client }) =>
      interruptible((signal) => new Putting(terminal, client, flags, signal).put(path)),
    ),
  );
};

class Putting {
  readonly #terminal: Terminal;
  readonly #client: Client;
  readonly #flags: PutFlags;
  readonly #signal: AbortSignal;
  #stored = 0;

  constructor(terminal: Terminal, client: Client, flags: PutFlags, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#client = client;
    this.#flags = flags;
    this.#signal = signal;
  }

  async put(path: string): Promise<void> {
    if (path === '-') {
      await this.#send(
        { label: 'standard input', source: this.#terminal.in, name: this.#flags.name, bytes: undefined },
        path,
      );
      return;
    }
    const onSkipped = (skipped: string): void => say(this.#terminal, `left out: ${printable(skipped)} is not a file`);
    const { name } = this.#flags;
    const from = absolute(this.#terminal.cwd, path);
    for await (const upload of uploadsOf(from, { onSkipped, ...(name === undefined ? {} : { name }) })) {
      const source = createReadStream(upload.path, { highWaterMark: READ_BYTES });
      await this.#send({ label: upload.name, source, name: upload.name, bytes: upload.bytes }, path);
    }
    if (this.#stored === 0) say(this.#terminal, `${path} has no files`);
  }

  async #send({ label, source, name, bytes }: Parcel, path: string): Promise<void> {
    const progress = new Progress(this.#terminal, printable(label), bytes);
    const hashing = new Hashing(source);
    const startedAt = performance.now();
    try {
      const receipt = await this.#client.put(hashing, {
        ifAbsent: this.#flags.ifAbsent === true,
        signal: this.#signal,
        onProgress: (sent) => progress.show(sent.bytes),
        ...(name === undefined ? {} : { name }),
        ...(bytes === undefined ? {} : { bytes }),
      });
      progress.end();
      hashing.verify(receipt);
      this.#stored += 1;
      await this.#say(receipt, performance.now() - startedAt);
    } catch (error) {
      progress.end();
      throw this.#explain(error, { label, sent: hashing.bytes, bytes, path });
    }
  }

  async #say({ id, name, bytes, shards, version }: PutReceipt, elapsedMs: number): Promise<void> {
    const ms = Math.round(elapsedMs);
    const remembered = this.#flags.wait === true ? await untilRemembered(this.#client, id, this.#signal) : undefined;
    if (this.#flags.json === true) {
      return printJson(this.#terminal, {
        id,
        name,
        bytes,
        shards,
        ms,
        ...(remembered === undefined ? {} : { remembered }),
      });
    }
    const paint = paintFor(this.#terminal);
    const how = `${humanBytes(bytes)} in ${counted(shards, 'shard')}, ${humanDuration(ms)}${version > 1 ? `, version ${version}` : ''}${remembered === undefined ? '' : `, remembered: ${remembered}`}`;
    return print(this.#terminal, `${paint('green', '✓')} ${printable(name)}  ${how}  ${paint('dim', id)}`);
  }

  /** Says what is there, what is not, and how to go on. */
  #explain(error: unknown, at: { label: string; sent: number; bytes: number | undefined; path: string }): unknown {
    if (!isFault(error)) return error;
    const [label, path] = [printable(at.label), printable(at.path)];
    if (error.code !== 'cancelled') {
      const before =
        this.#stored === 0
          ? ''
          : `\n${counted(this.#stored, 'file')} before it ${this.#stored === 1 ? 'is' : 'are'} stored.`;
      return new Fault(error.code, `${label}: ${error.message}${before}`, { cause: error });
    }
    const total = at.bytes === undefined ? '' : ` of ${humanBytes(at.bytes)}`;
    const files = `${counted(this.#stored, 'file')} ${this.#stored === 1 ? 'is' : 'are'} stored`;
    // Once the last byte has gone, the node may have stored it before it heard of the interruption.
    const fate = at.sent === at.bytes ? 'whether it is stored is open' : 'nothing of it is visible';
    return new Fault(
      'cancelled',
      `interrupted: ${files}; of ${label}, ${humanBytes(at.sent)}${total} had been sent, and ${fate}.\n` +
        (path === '-' ? 'Run the command again with the same input.' : `To go on: peertree put ${path}`),
    );
  }
}
