import type { Client } from '../../client/index.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { FileInfo } from '../../contract/services.ts';
import { type TargetOptions, wholeNumber, withTarget } from '../options.ts';
import { paintFor } from '../paint.ts';
import type { Register } from '../program.ts';
import { humanBytes } from '../quantity.ts';
import { drawTable } from '../table.ts';
import { withTargetNode } from '../target.ts';
import { print, printable, say, type Terminal, write } from '../terminal.ts';

interface LsFlags extends TargetOptions {
  readonly after?: string;
  readonly limit?: number;
}

export const register: Register = (program, terminal) => {
  const command = program
    .command('ls')
    .description('list the files, by name')
    .argument('[prefix]', 'only names that begin with it')
    .option('--after <name>', 'only names behind it')
    .option('--limit <files>', 'no more than so many', wholeNumber(1, 1_000_000));
  withTarget(command).action((prefix: string | undefined, flags: LsFlags) =>
    withTargetNode(terminal, flags, ({ client }) => {
      const listing = new Listing(client, prefix, flags);
      return flags.json === true ? printAsJson(terminal, listing) : printAsTable(terminal, listing);
    }),
  );
};

/** Pages of files, fetched as they are read. Afterwards `next` is where a further listing begins. */
class Listing {
  next: string | null = null;
  readonly #client: Client;
  readonly #prefix: string | undefined;
  readonly #flags: LsFlags;

  constructor(client: Client, prefix: string | undefined, flags: LsFlags) {
    this.#client = client;
    this.#prefix = prefix;
    this.#flags = flags;
  }

  async *pages(): AsyncGenerator<readonly FileInfo[]> {
    let left = this.#flags.limit ?? Number.POSITIVE_INFINITY;
    let after = this.#flags.after;
    do {
      const { files, next } = await this.#client.list({
        limit: Math.min(left, LIMITS.filesPageMax),
        ...(this.#prefix === undefined ? {} : { prefix: this.#prefix }),
        ...(after === undefined ? {} : { after }),
      });
      yield files;
      left -= files.length;
      this.next = next;
      after = next ?? undefined;
    } while (after !== undefined && left > 0);
  }
}

/** One object, written as it comes: a million files are never held at once. */
async function printAsJson(terminal: Terminal, listing: Listing): Promise<void> {
  await write(terminal.out, '{"files":[');
  let first = true;
  for await (const page of listing.pages()) {
    if (page.length === 0) continue;
    const text = page.map((file) => JSON.stringify(file)).join(',');
    await write(terminal.out, first ? text : `,${text}`);
    first = false;
  }
  await write(terminal.out, `],"next":${JSON.stringify(listing.next)}}\n`);
}

const COLUMNS = [
  { title: 'SIZE', side: 'left' as const },
  { title: 'STORED' },
  { title: 'VERSION', side: 'left' as const },
  { title: 'NAME' },
];

async function printAsTable(terminal: Terminal, listing: Listing): Promise<void> {
  let shown = 0;
  for await (const page of listing.pages()) {
    const lines = drawTable(COLUMNS, page.map(rowOf), paintFor(terminal));
    // The titles stand once, above the first page.
    if (page.length > 0) await print(terminal, lines.slice(shown === 0 ? 0 : 1).join('\n'));
    shown += page.length;
  }
  if (shown === 0) say(terminal, 'no files');
  if (listing.next !== null) say(terminal, `there are more: --after '${printable(listing.next)}' goes on`);
}

function rowOf({ bytes, storedAt, version, name }: FileInfo): string[] {
  return [humanBytes(bytes), storedAt.slice(0, 16).replace('T', ' '), String(version), printable(name)];
}
