import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';
import type { Signer } from '../../contract/ports.ts';
import type { Json } from '../../contract/words.ts';
import { generateKeyPem, p256Signer } from '../../runtime/signer/p256.ts';

/** What a name stands for, so that no name is ever a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

/**
 * Where owners of shells keep what is theirs alone: a key each, the definitions of assets that they issue, and orders that
 * were signed and are not known to be settled. Nothing of it ever leaves this machine but signatures.
 */
export interface KeyFolder {
  /** Ascending. */
  names(): Promise<readonly string[]>;
  /** @throws Fault `not-found` */
  signer(name: string): Promise<Signer>;
  /** @throws Fault `already-exists`, `usage` for what is no name */
  make(name: string): Promise<Signer>;
  /** Notes of one kind, such as definitions of assets, by name. */
  note(kind: string, name: string): Promise<Json | undefined>;
  notes(kind: string): Promise<readonly (readonly [name: string, value: Json])[]>;
  /** On the disk once it resolves. */
  keep(kind: string, name: string, value: Json): Promise<void>;
  forget(kind: string, name: string): Promise<void>;
}

/**
 * A folder that only its owner can read, made when something is kept in it.
 *
 * @example const alice = await keyFolder('./keys').make('alice')
 */
export function keyFolder(path: string): KeyFolder {
  const keyPath = (name: string): string => join(path, `${named(name)}.pem`);
  const notePath = (kind: string, name: string): string => join(path, `${named(name)}.${kind}.json`);
  return {
    names: async () => (await filesIn(path)).flatMap((file) => (file.endsWith('.pem') ? [file.slice(0, -4)] : [])),
    signer: async (name) => {
      const pem = await textOf(keyPath(name));
      if (pem === undefined) throw new Fault('not-found', `there is no key '${name}' in ${path}`);
      return p256Signer(pem);
    },
    make: async (name) => {
      const pem = generateKeyPem();
      await mkdir(path, { recursive: true, mode: 0o700 });
      await writeNew(keyPath(name), pem, name);
      return p256Signer(pem);
    },
    note: async (kind, name) => parsed(await textOf(notePath(kind, name))),
    notes: async (kind) => {
      const ending = `.${kind}.json`;
      const names = (await filesIn(path)).filter((file) => file.endsWith(ending));
      const read = names.map(async (file) => {
        const name = file.slice(0, -ending.length);
        return [name, parsed(await textOf(join(path, file))) as Json] as const;
      });
      return Promise.all(read);
    },
    keep: async (kind, name, value) => {
      await mkdir(path, { recursive: true, mode: 0o700 });
      await replace(notePath(kind, name), JSON.stringify(value));
    },
    forget: (kind, name) => rm(notePath(kind, name), { force: true }),
  };
}

function named(name: string): string {
  if (!NAME.test(name)) throw new Fault('usage', `'${name}' is no name: 1 to 32 letters, digits, - and _`);
  return name;
}

async function filesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Json);
}

async function writeNew(path: string, text: string, name: string): Promise<void> {
  try {
    await flushed(path, 'wx', text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Fault('already-exists', `there is a key '${name}' already, and no key is written over another`, {
      cause: error,
    });
  }
}

/** All of it or what was there before. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await flushed(fresh, 'w', text);
  await rename(fresh, path);
}

async function flushed(path: string, flags: 'w' | 'wx', text: string): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
