import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Signer } from '../contract/ports.ts';
import { absolute } from './options.ts';
import { folderOf, readOrganismFile } from './organism-file.ts';
import type { Terminal } from './terminal.ts';

export interface OperatorOptions {
  readonly data: string;
  readonly key?: string;
}

export function keyOption(): Option {
  return new Option('--key <file>', "the organism's key (default: that of the founder's data folder)").env(
    'PEERTREE_KEY',
  );
}

/** Who speaks for the whole organism: the key that `peertree key export` gives. */
export async function operatorOf(terminal: Terminal, { data, key }: OperatorOptions): Promise<Signer> {
  const { p256Signer } = await import('../runtime/signer/p256.ts');
  return p256Signer(
    key === undefined ? await foundersKey(terminal, data) : await readFile(absolute(terminal.cwd, key), 'utf8'),
  );
}

/** @throws Fault not-found where the founder's folder is not in `data`, or is not `data` */
export async function foundersKey(terminal: Pick<Terminal, 'cwd'>, data: string): Promise<string> {
  const { readOperatorKey } = await import('../runtime/operator-key.ts');
  const folder = absolute(terminal.cwd, data);
  const founder = (await readOrganismFile(folder))?.nodes.find(({ name }) => name === 'node-1');
  return readOperatorKey(founder === undefined ? folder : folderOf(folder, founder));
}
