import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Client, KeyFolder, Teller } from '../../client/index.ts';
import { isId } from '../../contract/encoding.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { type AssetDefinition, assetIdOf } from '../../organs/ledger/asset.ts';
import { absolute, type TargetOptions, withTarget } from '../options.ts';
import { withTargetNode } from '../target.ts';
import type { Terminal } from '../terminal.ts';

export interface ShellFlags extends TargetOptions {
  readonly keys?: string;
}

/** What every command about shells works with. */
export interface Desk {
  readonly client: Client;
  readonly keys: KeyFolder;
  readonly teller: Teller;
  readonly organism: string;
  /** The asset by its name or id. @throws Fault `not-found`, `usage` where a name is that of several */
  asset(text: string): Promise<AssetDefinition>;
  /** Every asset that the ledger or this folder knows. */
  assets(): Promise<readonly AssetDefinition[]>;
  /** The holder behind a name in the folder, or a holder's id as it is. @throws Fault `not-found` */
  holder(text: string): Promise<string>;
}

/** Definitions of assets that somebody of this folder issues. */
export const DEFINITION = 'asset';

export function withShells(command: Command): Command {
  return withTarget(command).addOption(keysOption());
}

export function keysOption(): Option {
  return new Option('--keys <folder>', 'where your keys are (default: peertree/shells in your data folder)').env(
    'PEERTREE_KEYS',
  );
}

/** The folder of the user's keys of one organism: names mean something within one only. */
export function keysPath(terminal: Terminal, given: string | undefined, organism: string): string {
  if (given !== undefined) return absolute(terminal.cwd, given);
  const data = terminal.env.XDG_DATA_HOME ?? join(terminal.env.HOME ?? homedir(), '.local', 'share');
  return join(data, 'peertree', 'shells', organism.slice(0, 16));
}

/** How long a command waits for the first committee, which is named a moment after the organism was grown. */
const COMMITTEE_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 500;

/** Calls `task` with what it needs at a node of the organism, once the ledger has a committee. */
export function atDesk<T>(terminal: Terminal, flags: ShellFlags, task: (desk: Desk) => Promise<T>): Promise<T> {
  return withTargetNode(terminal, flags, async ({ client, organism: file }) => {
    const office = await committeeOf(client);
    const { organism } = office.genesis.body as { readonly organism: string };
    if (file !== undefined && file.organism !== organism) {
      throw new Fault('corrupt', "the ledger's genesis is of another organism than organism.json");
    }
    const { keyFolder, Teller: TellerOf } = await import('../../client/index.ts');
    const keys = keyFolder(keysPath(terminal, flags.keys, organism));
    const teller = new TellerOf({ ledger: client.ledger, organism, keys });
    const assets = (): Promise<readonly AssetDefinition[]> => assetsOf(client, keys);
    return task({
      client,
      keys,
      teller,
      organism,
      assets,
      asset: async (text) => assetIn(await assets(), text),
      holder: async (text) => (isId(text) ? text : (await keys.signer(text)).node),
    });
  });
}

async function committeeOf({ ledger }: Client): ReturnType<Client['ledger']['office']> {
  const giveUpAt = performance.now() + COMMITTEE_WITHIN_MS;
  for (;;) {
    try {
      return await ledger.office();
    } catch (error) {
      if (!isFault(error, 'no-committee') || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }
}

async function assetsOf({ ledger }: Client, keys: KeyFolder): Promise<readonly AssetDefinition[]> {
  const found = new Map<string, AssetDefinition>();
  for (const [, value] of await keys.notes(DEFINITION)) {
    const definition = value as unknown as AssetDefinition;
    found.set(assetIdOf(definition), definition);
  }
  for await (const { key, value } of ledger.rows('assets')) {
    const definition = value as unknown as AssetDefinition;
    // An id is the hash of what it stands for, so a node can't show something else under it.
    if (assetIdOf(definition) === key) found.set(key, definition);
  }
  return [...found.values()];
}

function assetIn(assets: readonly AssetDefinition[], text: string): AssetDefinition {
  const found = assets.filter((asset) => asset.name === text || assetIdOf(asset) === text);
  const [first, second] = found;
  if (first === undefined) throw new Fault('not-found', `there is no asset '${text}' here`);
  if (second === undefined) return first;
  const ids = found.map((asset) => assetIdOf(asset)).join(' or ');
  throw new Fault('usage', `several assets are called '${text}': say ${ids}`);
}
