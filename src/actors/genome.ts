import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { compileDocument } from './genome/compiler/compile.ts';
import { type GenomeDocument, readGenomeDocument } from './genome/document.ts';
import { loadEngine } from './genome/expression/engine.ts';
import type { Genome } from './genome/plan.ts';
import { invalidFile, START } from './genome/problems.ts';
import { isJsonMap } from './genome/rule.ts';

export { checkGenomes, requireGrowable, shardsUsedBy } from './genome/organism-check.ts';
export type { FilesPlan, Genome, IndexPlan, LedgerPlan, OrganPlan, ReceptorPlan, ShardsPlan } from './genome/plan.ts';

/** The genomes that ship with PeerTree, in the order of their installation. */
export const SHIPPED_GENOMES: readonly string[] = ['shardTree', 'ftreeFileMgr', 'borgShell', 'peerMemory'].map(
  shippedGenome,
);

/** Those of them that keep files: what a simulation grows where nothing else is asked for. */
export const FILE_GENOMES: readonly string[] = ['shardTree', 'ftreeFileMgr'].map(shippedGenome);

/** The file of a genome that ships with PeerTree. */
export function shippedGenome(name: string): string {
  return fileURLToPath(new URL(`../../genomes/${name}.genome.yaml`, import.meta.url));
}

/**
 * Reads and checks a genome file, and that the modules which it names are there. Rejects with `genome-invalid`, whose
 * message has one line a problem: `file:line:column: what is wrong (did you mean 'the right name'?)`.
 */
export async function loadGenome(path: string): Promise<Genome> {
  const genome = await parseGenome(await readBounded(path), path);
  await requireModules(genome, path);
  return genome;
}

/**
 * Checks the text of a genome, YAML or JSON. `file` is how messages call it. Rejects with `genome-invalid` as `loadGenome`
 * does.
 *
 * @example await parseGenome('{ genome: notes, version: 1.0.0, organs: { shards: { kind: shards } } }', 'notes.genome.yaml')
 */
export async function parseGenome(text: string, file: string): Promise<Genome> {
  const document = readGenomeDocument(text);
  if (mayHaveExpressions(document)) await loadEngine();
  const compilation = compileDocument(document, file);
  if ('problems' in compilation) throw invalidFile(file, compilation.problems);
  return compilation.genome;
}

/** Kinds of organs that have no expressions. */
const PLAIN_KINDS: readonly unknown[] = ['shards', 'files', 'ledger', 'index'];

/** Whether the engine of expressions must be there: only what is plainly without them does without it. */
function mayHaveExpressions({ value }: GenomeDocument): boolean {
  const { organs, types } = isJsonMap(value) ? value : {};
  const kinds = Object.values(isJsonMap(organs) ? organs : {}).map((organ) =>
    isJsonMap(organ) ? organ.kind : undefined,
  );
  return types !== undefined || !kinds.every((kind) => PLAIN_KINDS.includes(kind));
}

async function requireModules(genome: Genome, path: string): Promise<void> {
  for (const [name, organ] of Object.entries(genome.organs)) {
    if (organ.kind !== 'module') continue;
    const file = resolve(dirname(path), organ.file);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() === true) continue;
    const at = genome.source.valueAt(['organs', name, 'file']);
    throw invalidFile(path, [{ at, text: `there is no file '${organ.file}' beside this one` }]);
  }
}

/** Never more than one byte past the limit, which is enough to know. */
async function readBounded(path: string): Promise<string> {
  const bytes = Buffer.alloc(LIMITS.genomeBytesMax + 1);
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      ({ bytesRead: read } = await file.read(bytes, length, bytes.length - length));
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file?.close();
  }
}

function unreadable(path: string, error: unknown): Fault {
  return invalidFile(path, [{ at: START, text: `can't be read: ${reasonOf(error)}` }]);
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8 text';
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(error);
}
