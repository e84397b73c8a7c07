import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../contract/errors.ts';

/** One file on its way into the organism. */
export interface Upload {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

export interface UploadOptions {
  /** The name of a file, or what the names of a folder's files begin with. */
  readonly name?: string;
  /** Told of what is left out: links, sockets and the like. */
  readonly onSkipped?: (path: string) => void;
}

/**
 * What `put PATH` stores: the file itself under its own name, or each file below a folder under its path from there,
 * in the order of their names. Folders are read one at a time, so a deep or wide one is never held in memory.
 */
export async function* uploadsOf(path: string, { name, onSkipped }: UploadOptions = {}): AsyncGenerator<Upload> {
  const found = await stat(path);
  if (found.isFile()) yield { path, name: storedName(name ?? basename(path)), bytes: found.size };
  else if (found.isDirectory()) yield* below(path, name === undefined ? '' : `${name.replace(/\/+$/, '')}/`, onSkipped);
  else throw new Fault('usage', `${path} is neither a file nor a folder`);
}

async function* below(folder: string, prefix: string, onSkipped: UploadOptions['onSkipped']): AsyncGenerator<Upload> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* below(path, `${prefix}${entry.name}/`, onSkipped);
    else if (entry.isFile()) yield { path, name: storedName(prefix + entry.name), bytes: (await stat(path)).size };
    // Links are not followed: they may lead out of the folder, or round in circles.
    else onSkipped?.(path);
  }
}

/** macOS spells accents apart; stored names are composed, so that one name is one name everywhere. */
function storedName(name: string): string {
  return name.normalize('NFC');
}
