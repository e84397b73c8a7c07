import { join } from 'node:path';
import type { Client } from '../client/index.ts';
import { Fault, isFault } from '../contract/errors.ts';
import { absolute, type TargetOptions } from './options.ts';
import { ORGANISM_FILE, type OrganismFile, readOrganismFile } from './organism-file.ts';
import type { Terminal } from './terminal.ts';

export interface Target {
  readonly client: Client;
  /** What the data folder says of the organism; undefined where there is no such folder. */
  readonly organism: OrganismFile | undefined;
}

/** Calls `task` with a client of the node that the options name, and closes it afterwards. */
export async function withTargetNode<T>(
  terminal: Terminal,
  options: TargetOptions,
  task: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await findTarget(terminal, options);
  try {
    return await task(target);
  } finally {
    await target.client.close();
  }
}

/**
 * The node named by `--at`, else the first live one of the data folder. No key is ever trusted because it was seen:
 * it is listed in organism.json or given as `--pin`.
 */
async function findTarget(terminal: Terminal, { data, at, pin }: TargetOptions): Promise<Target> {
  const folder = absolute(terminal.cwd, data);
  const organism = await readOrganismFile(folder);
  // Only here: loading the HTTPS client takes longer than all that help, version and usage errors need.
  const { connect, firstLive } = await import('../client/index.ts');
  if (at !== undefined)
    return { organism, client: connect({ url: at, pin: pin ?? (await pinOf(at, folder, organism)) }) };
  if (organism === undefined) {
    throw new Fault(
      'unreachable',
      `There is no organism in ${data}: it has no ${ORGANISM_FILE}.\nGrow one with 'peertree up', or name a node with --at URL.`,
    );
  }
  try {
    return { organism, client: await firstLive(organism.nodes) };
  } catch (error) {
    if (!isFault(error, 'unreachable')) throw error;
    throw new Fault(
      'unreachable',
      `${error.message}\nIf the organism of ${data} is down, 'peertree up' brings it back.`,
      { cause: error },
    );
  }
}

async function pinOf(at: string, folder: string, organism: OrganismFile | undefined): Promise<string> {
  const listed = organism?.nodes.find(({ url }) => new URL(url).origin === at);
  if (listed !== undefined) return listed.id;
  const { presentedKey } = await import('../client/index.ts');
  const id = await presentedKey(at);
  throw new Fault(
    'wrong-key',
    `The node at ${at} is not listed in ${join(folder, ORGANISM_FILE)}. It presents the key of\n\n    ${id}\n\n` +
      `If that is the node you mean, run the command again with --pin ${id}`,
  );
}
