import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/errors.ts';
import { writeDurably } from './durable-file.ts';

const FILE = 'incarnation';

/**
 * The number of this start of a node, one more than the last one's: how peers tell a process from its predecessor. It is
 * on the disk before it is used, in DIR/incarnation, as decimal digits, so that it never repeats even if this start fails.
 *
 * @throws Fault `data-damaged` where the file holds anything else
 * @example const incarnation = await bumpIncarnation('./organism/node-1') // 1 at the first start
 */
export async function bumpIncarnation(folder: string): Promise<number> {
  const path = join(folder, FILE);
  const next = (await lastIncarnation(path)) + 1;
  await writeDurably(path, `${next}\n`, 0o600);
  return next;
}

/** Counts on from far beyond: of a folder that may have forgotten its last starts. */
export async function skipIncarnations(folder: string, skipped: number): Promise<number> {
  const path = join(folder, FILE);
  const next = (await lastIncarnation(path)) + skipped;
  await writeDurably(path, `${next}\n`, 0o600);
  return next;
}

async function lastIncarnation(path: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  const digits = text.trim();
  const number = /^[0-9]{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
  if (Number.isSafeInteger(number) && number < Number.MAX_SAFE_INTEGER) return number;
  throw new Fault('data-damaged', `${path} does not hold the number of the last start`);
}
