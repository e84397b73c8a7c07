import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isId } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { NodeId, OrganismId } from '../contract/words.ts';
import { writeDurably } from '../runtime/durable-file.ts';

export const ORGANISM_FILE = 'organism.json';

export interface ListedNode {
  /** `node-1`, `node-2`, ... in the order of their growth; node-1 founded the organism. */
  readonly name: string;
  readonly id: NodeId;
  readonly url: string;
  readonly port: number;
  /** The node's folder; relative to the organism's, so that the whole can be moved. */
  readonly data: string;
}

/** What a data folder says of its organism: whom clients may talk to, and which key each of them has. */
export interface OrganismFile {
  readonly v: 1;
  readonly organism: OrganismId;
  readonly nodes: readonly ListedNode[];
  /** How many nodes there shall be; present while fewer than that have come so far. */
  readonly growing?: number;
  /** Absolute paths of the genome files that its nodes run. @default the shipped ones */
  readonly genomes?: readonly string[];
}

/**
 * Undefined where there is none. Rejects with `data-too-new` for a file of a newer version and with `data-damaged` for
 * what is no such file.
 */
export async function readOrganismFile(folder: string): Promise<OrganismFile | undefined> {
  const path = join(folder, ORGANISM_FILE);
  let text: string;
  try {
    if ((await stat(path)).size > LIMITS.organismFileBytesMax) throw damaged(path, 'it is too large');
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  return parseOrganismFile(text, path);
}

/** `path` is how messages call it. */
export function parseOrganismFile(text: string, path: string): OrganismFile {
  let value: Partial<OrganismFile>;
  try {
    value = JSON.parse(text) as Partial<OrganismFile>;
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
  const version: unknown = value?.v;
  if (typeof version === 'number' && version > 1) {
    throw new Fault('data-too-new', `${path} has version ${version}; this PeerTree knows version 1`);
  }
  const { organism, nodes, growing, genomes } = value ?? {};
  const whole = version === 1 && typeof organism === 'string' && isId(organism) && Array.isArray(nodes);
  if (!whole || !nodes.every(isListedNode)) throw damaged(path, 'it does not list nodes as it should');
  if (genomes !== undefined && !isListOfPaths(genomes)) throw damaged(path, 'it does not list genomes as it should');
  return {
    v: 1,
    organism,
    nodes,
    ...(isCount(growing) ? { growing } : {}),
    ...(genomes === undefined ? {} : { genomes }),
  };
}

function isListedNode(value: Partial<ListedNode> | null): boolean {
  const { name, id, url, port, data } = value ?? {};
  const texts = [name, url, data].every((text) => typeof text === 'string' && text !== '');
  return texts && typeof id === 'string' && isId(id) && URL.canParse(String(url)) && isCount(port);
}

function isListOfPaths(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((path) => typeof path === 'string' && path !== '');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function damaged(path: string, why: string, cause?: unknown): Fault {
  return new Fault('data-damaged', `${path} can't be used: ${why}`, { cause });
}

/** Replaces the file in one step: a reader sees the old one or the new one, and so does a crash. */
export function writeOrganismFile(folder: string, file: OrganismFile): Promise<void> {
  return writeDurably(join(folder, ORGANISM_FILE), `${JSON.stringify(file, null, 2)}\n`, 0o644);
}

/** A listed node's folder as an absolute path. */
export function folderOf(folder: string, { data }: ListedNode): string {
  return resolve(folder, data);
}
