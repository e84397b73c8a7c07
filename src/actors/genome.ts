import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { parseSize } from '../contract/units.ts';
import { GENOME_DEFAULTS } from './genome/defaults.ts';
import { type GenomeDocument, type Path, readGenomeDocument } from './genome/document.ts';
import { GENOME_GRAMMAR } from './genome/grammar/genome-grammar.ts';
import { METHODS, type Method } from './genome/kinds/kind.ts';
import { genomeFault, type Position } from './genome/problems.ts';
import { parseBackoff, parseIntensity, ruleProblems } from './genome/rules.ts';
import { shapeProblems } from './genome/validation.ts';
import type { Strategy, Supervision } from './supervision.ts';

export { checkGenomes, shardsUsedBy } from './genome/organism-check.ts';

/** A cell type, as its genome file declares it: checked, with every default filled in and every unit resolved. */
export interface Genome {
  /** Its name, which also names the tree. */
  readonly genome: string;
  /** A semantic version. */
  readonly version: string;
  readonly summary: string;
  readonly tree: { readonly fanout: number };
  /** By name, in the order of the file. */
  readonly organs: { readonly [name: string]: OrganPlan };
  readonly receptors: { readonly [name: string]: ReceptorPlan };
  readonly supervision: Supervision;
  readonly limits: { readonly mailbox: number; readonly bodyBytes: number };
  readonly source: GenomeSource;
}

export type OrganPlan = ShardsPlan | FilesPlan;

export interface ShardsPlan {
  readonly kind: 'shards';
  readonly copies: number;
  readonly shardBytes: number;
}

export interface FilesPlan {
  readonly kind: 'files';
  /** The genome whose shards organ keeps the bytes. */
  readonly uses: string;
}

export interface ReceptorPlan {
  readonly method: Method;
  /** With its parameters in braces: `/shardTree/shards/{sha256}`. */
  readonly path: string;
  /** The organ of the same genome, and its verb. */
  readonly organ: string;
  readonly verb: string;
}

/** Where a genome came from, so that what is found wrong later can be shown in the file. */
export interface GenomeSource {
  readonly file: string;
  valueAt(path: Path): Position;
}

/** The genomes that ship with PeerTree, in the order of their installation. */
export const SHIPPED_GENOMES: readonly string[] = ['shardTree', 'ftreeFileMgr'].map((name) =>
  fileURLToPath(new URL(`../../genomes/${name}.genome.yaml`, import.meta.url)),
);

/**
 * Reads and checks a genome file. Rejects with `genome-invalid`, whose message has one line a problem:
 * `file:line:column: what is wrong (did you mean 'the right name'?)`.
 */
export async function loadGenome(path: string): Promise<Genome> {
  return parseGenome(await readBounded(path), path);
}

/**
 * Checks the text of a genome, YAML or JSON. `file` is how messages call it. Throws `genome-invalid` as `loadGenome` does.
 *
 * @example parseGenome('{ genome: notes, version: 1.0.0, organs: { shards: { kind: shards } } }', 'notes.genome.yaml')
 */
export function parseGenome(text: string, file: string): Genome {
  const document = readGenomeDocument(text);
  const problems = [...document.problems, ...(document.problems.length > 0 ? [] : checkDocument(document))];
  if (problems.length > 0) throw genomeFault(file, problems);
  return genomeOf(document.value as unknown as GenomeText, { file, valueAt: document.valueAt });
}

function checkDocument(document: GenomeDocument): ReturnType<typeof shapeProblems> {
  return [...shapeProblems(document, GENOME_GRAMMAR), ...ruleProblems(document)];
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
    throw new Fault('genome-invalid', `${path}:1:1: can't be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    await file?.close();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8 text';
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(error);
}

/** What the schema has let through. */
interface GenomeText {
  readonly genome: string;
  readonly version: string;
  readonly summary?: string;
  readonly tree?: { readonly fanout?: number };
  readonly organs: { readonly [name: string]: OrganText };
  readonly receptors?: { readonly [name: string]: ReceptorText };
  readonly supervision?: SupervisionText;
  readonly limits?: { readonly mailbox?: number; readonly body?: string };
}

type OrganText =
  | { readonly kind: 'shards'; readonly copies?: number; readonly shardBytes?: string }
  | { readonly kind: 'files'; readonly uses: string };

interface SupervisionText {
  readonly strategy?: Strategy;
  readonly intensity?: string;
  readonly backoff?: string;
}

type ReceptorText = { readonly [method in Method]?: string } & { readonly to: string };

function genomeOf(text: GenomeText, source: GenomeSource): Genome {
  const { genome, version, summary = '', tree = {}, organs, receptors = {}, supervision = {}, limits = {} } = text;
  return {
    genome,
    version,
    summary,
    tree: { fanout: tree.fanout ?? GENOME_DEFAULTS.fanout },
    organs: mapValues(organs, organOf),
    receptors: mapValues(receptors, receptorOf),
    supervision: supervisionOf(supervision),
    limits: {
      mailbox: limits.mailbox ?? GENOME_DEFAULTS.mailbox,
      bodyBytes: checked(parseSize(limits.body ?? GENOME_DEFAULTS.body)),
    },
    source,
  };
}

function supervisionOf(text: SupervisionText): Supervision {
  const { strategy = GENOME_DEFAULTS.strategy, intensity = GENOME_DEFAULTS.intensity } = text;
  const { restarts, periodMs } = checked(parseIntensity(intensity));
  const { minMs, maxMs } = checked(parseBackoff(text.backoff ?? GENOME_DEFAULTS.backoff));
  return { strategy, intensity: restarts, periodMs, backoffMinMs: minMs, backoffMaxMs: maxMs };
}

function organOf(text: OrganText): OrganPlan {
  if (text.kind === 'files') return { kind: 'files', uses: text.uses };
  const { copies = GENOME_DEFAULTS.copies, shardBytes = GENOME_DEFAULTS.shardBytes } = text;
  return { kind: 'shards', copies, shardBytes: checked(parseSize(shardBytes)) };
}

function receptorOf(text: ReceptorText): ReceptorPlan {
  const method = checked(METHODS.find((candidate) => text[candidate] !== undefined));
  const [organ = '', verb = ''] = text.to.split('.');
  return { method, path: text[method] ?? '', organ, verb };
}

function mapValues<T, R>(record: { readonly [name: string]: T }, change: (value: T) => R): { [name: string]: R } {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** The schema and the rules promised that there is one. */
function checked<T>(value: T | undefined): T {
  if (value === undefined) throw new Fault('internal', "a genome passed its checks and can't be read");
  return value;
}
