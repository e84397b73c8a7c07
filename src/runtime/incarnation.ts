import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/errors.ts';

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
  const fresh = `${path}.new`;
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(`${next}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  await syncFolder(folder);
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

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
