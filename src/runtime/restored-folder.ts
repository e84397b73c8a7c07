import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/errors.ts';
import type { Store } from '../contract/ports.ts';
import { abstention } from '../organs/consensus/index.ts';
import { writeDurably } from './durable-file.ts';
import { lockFolder } from './folder-lock.ts';
import { skipIncarnations } from './incarnation.ts';

const FILE = 'restored';

/** More starts than a node can have had since its backup was made. */
const SKIPPED = 2 ** 20;

/**
 * Marks a node's folder as an older copy of itself. Its disk may have forgotten votes and records that the others rely on, so
 * the next start abstains; and it may have forgotten how often the node was started, so the count goes on far beyond.
 *
 * @returns the number of starts that it counts from now on
 * @throws Fault `not-found` where there is no node's folder, `data-in-use` while a process has it open
 */
export async function markRestored(folder: string): Promise<number> {
  await readFile(join(folder, 'key.pem')).catch((cause: unknown) => {
    throw new Fault('not-found', `${folder} is not the data folder of a node: it has no key.pem`, { cause });
  });
  const lock = await lockFolder(folder);
  try {
    await writeDurably(join(folder, FILE), '', 0o600);
    return await skipIncarnations(folder, SKIPPED);
  } finally {
    await lock.release();
  }
}

/** At a start: what the mark says is on the disk before the mark is gone. */
export async function heedMark(folder: string, store: Store): Promise<boolean> {
  const path = join(folder, FILE);
  try {
    await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await store.commit([abstention(true)]);
  await rm(path);
  return true;
}
