import type { Client } from '../client/index.ts';
import { Fault, isFault } from '../contract/errors.ts';
import type { LetterSummary } from '../contract/letters.ts';
import { didYouMean } from '../contract/nearest.ts';
import type { NodeId } from '../contract/words.ts';
import { absolute, type TargetOptions } from './options.ts';
import { ORGANISM_FILE, readOrganismFile } from './organism-file.ts';
import { withTargetNode } from './target.ts';
import type { Terminal } from './terminal.ts';

/** A node whose letters can be asked for. */
export interface Desk {
  /** What the node is called on the command line: its name in organism.json, else its id. */
  readonly name: string;
  readonly node: NodeId;
  readonly client: Client;
}

/** One letter, or with `number` null all letters of a node. */
export interface Choice {
  /** Null for the node that `--at` names. */
  readonly node: string | null;
  readonly number: number | null;
}

/** `node-3/17` is a letter, `node-3` all of a node; with `--at` the node may be left out. */
export function readChoice(text: string, { at }: TargetOptions): Choice {
  const { node, number } = /^(?:(?<node>[\w-]{1,64})\/)?(?<number>[1-9]\d{0,15})$/.exec(text)?.groups ?? {};
  if (number !== undefined && (node !== undefined || at !== undefined))
    return { node: node ?? null, number: Number(number) };
  if (/^[\w-]{1,64}$/.test(text)) return { node: text, number: null };
  throw new Fault('usage', `a letter is called like node-3/17, not '${text}'`);
}

/** Nodes that could not be asked, each with why. */
export type Silent = Map<NodeId, Fault>;

/**
 * Calls `task` with each node in turn: that of `--at`, else all that the data folder lists, or those that are named.
 *
 * @param names of nodes, or their ids. @default all
 * @returns those that could not be reached
 * @throws Fault `usage` for a name that is not there, `unreachable` where no node could be reached
 */
export async function eachDesk(
  terminal: Terminal,
  flags: TargetOptions,
  names: readonly string[] | undefined,
  task: (desk: Desk) => Promise<void>,
): Promise<Silent> {
  if (flags.at !== undefined) {
    await withTargetNode(terminal, flags, async ({ client }) => {
      const { node } = await client.status();
      await task({ name: node, node, client });
    });
    return new Map();
  }
  const listed = (await readOrganismFile(absolute(terminal.cwd, flags.data)))?.nodes ?? [];
  if (listed.length === 0) throw new Fault('unreachable', `${flags.data} has no ${ORGANISM_FILE} that lists nodes`);
  const chosen = names === undefined ? listed : [...new Set(names)].map((name) => find(listed, name, flags.data));
  const { connect } = await import('../client/index.ts');
  const silent: Silent = new Map();
  for (const { name, id, url } of chosen) {
    const client = connect({ url, pin: id });
    try {
      await task({ name, node: id, client });
    } catch (error) {
      if (!isFault(error, 'unreachable')) throw error;
      silent.set(id, error);
    } finally {
      await client.close();
    }
  }
  if (silent.size === chosen.length) throw [...silent.values()][0] as Fault;
  return silent;
}

function find<T extends { readonly name: string; readonly id: NodeId }>(
  nodes: readonly T[],
  who: string,
  data: string,
): T {
  const found = nodes.find(({ name, id }) => name === who || id === who);
  const names = nodes.map(({ name }) => name);
  if (found === undefined) throw new Fault('usage', `${data} has no node '${who}'${didYouMean(who, names)}`);
  return found;
}

/** All letters of a node, page by page. */
export async function* lettersOf({ client }: Desk): AsyncGenerator<LetterSummary> {
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Client['letters']['list']>> = await client.letters.list({ after });
    yield* page.letters;
    after = page.next;
  }
}
