import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { access, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault, isFault } from '../contract/errors.ts';
import { flushFolder } from '../runtime/durable-file.ts';

export interface SaveOptions {
  /** Replace what is there. */
  readonly force: boolean;
}

/** Where a stored file goes: the path given, inside it where that is a folder, else its own last name segment. */
export async function targetOf(given: string, storedName: string): Promise<string> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? join(given, lastSegment(storedName)) : given;
}

/** A name comes from others, so it never gets to choose the folder. */
export function lastSegment(storedName: string): string {
  const last = basename(storedName.split('/').at(-1) ?? '');
  if (last === '' || last === '.' || last === '..' || last.includes('\0')) {
    throw new Fault('bad-name', `'${storedName}' can't be the name of a file here; give one with -o`);
  }
  return last;
}

/** Fails with `already-exists` before anything is transferred for nothing. */
export async function refuseExisting(target: string, { force }: SaveOptions): Promise<void> {
  if (force) return;
  const exists = await access(target).then(
    () => true,
    () => false,
  );
  if (exists) throw alreadyThere(target);
}

/**
 * Writes the bytes beside the target, has `verify` judge them, flushes, and only then gives them the target's name. At
 * no moment is there half a file under that name, and whatever fails leaves nothing behind.
 */
export async function save(
  bytes: AsyncIterable<Uint8Array>,
  target: string,
  verify: () => void,
  options: SaveOptions,
): Promise<void> {
  const draft = join(dirname(target), `.${basename(target).slice(0, 200)}.${randomBytes(6).toString('hex')}.part`);
  // A second Ctrl-C ends the process in the middle: the draft goes with it.
  const wipe = (): void => rmSync(draft, { force: true });
  process.once('exit', wipe);
  try {
    const handle = await open(draft, 'wx');
    try {
      for await (const chunk of bytes) await writeAll(handle, chunk);
      verify();
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(draft, target, options);
    await flushFolder(dirname(target));
  } finally {
    await rm(draft, { force: true });
    process.off('exit', wipe);
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    written += (await handle.write(chunk, written)).bytesWritten;
  }
}

/** A link fails where the name has come to exist meanwhile, a rename would replace it. */
async function publish(draft: string, target: string, options: SaveOptions): Promise<void> {
  if (options.force) return rename(draft, target);
  try {
    await link(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyThere(target);
    if (isFault(error) || !NO_LINKS.has(code ?? '')) throw error;
    await refuseExisting(target, options);
    await rename(draft, target);
  }
}

/** What file systems without hard links answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function alreadyThere(target: string): Fault {
  return new Fault('already-exists', `${target} exists; --force replaces it, -o names another`);
}
