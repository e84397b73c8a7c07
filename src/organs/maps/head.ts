import { canonical, fromBase64url, isId, isShardHash, nodeIdOf, sha256Hex, utf8 } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Signer } from '../../contract/ports.ts';
import type { FileInfo } from '../../contract/services.ts';
import type { FileId, Json, NodeId, ShardHash } from '../../contract/words.ts';
import { headEntries, levelsFor, shardCount } from './layout.ts';

// Types and not interfaces, because they are values of registers: JSON.

/** How a file's shards survive losses. Later ways are further kinds. */
export type Coding = {
  readonly kind: 'copies';
  readonly copies: number;
};

/** What is known of a file: the value of its register `head:<id>`, at most LIMITS.registerValueMax bytes. */
export type Head = {
  readonly v: 1;
  readonly id: FileId;
  readonly name: string;
  /** From 1. */
  readonly version: number;
  /** SHA-256 of the canonical form of the version before, signature included; null for the first. */
  readonly previous: string | null;
  readonly bytes: number;
  readonly shardBytes: number;
  readonly coding: Coding;
  /** How the shards are encrypted. */
  readonly seal: 'none';
  /** SHA-256 of the content, hexadecimal. */
  readonly etag: string;
  /** ISO 8601, by the clock of the author. */
  readonly storedAt: string;
  /** Levels of pages between `entries` and the shards. */
  readonly levels: number;
  readonly entries: readonly ShardHash[];
  /** The node that stored it. */
  readonly author: { readonly node: NodeId; readonly spki: string };
  /** By the author over the canonical form of all else, domain `head`. */
  readonly signature: string;
};

export type Draft = Omit<Head, 'v' | 'author' | 'signature'>;

export function signHead(draft: Draft, signer: Signer): Head {
  const unsigned = { v: 1 as const, ...draft, author: { node: signer.node, spki: signer.spki } };
  return { ...unsigned, signature: signer.sign('head', utf8(canonical(unsigned))) };
}

/** What the next version's `previous` says of this one. */
export function headHash(head: Json | Head): string {
  return sha256Hex(canonical(head));
}

/**
 * The head in a register's value, once its shape, its author's key and signature and its arithmetic hold.
 *
 * @throws Fault `corrupt`
 */
export function openHead(value: Json, id: FileId, signer: Signer): Head {
  const head = readHead(value);
  if (head === undefined || head.id !== id) throw new Fault('corrupt', 'the head of the file is not one');
  const { signature, ...unsigned } = head;
  const { node, spki } = head.author;
  const key = fromBase64url(spki);
  // Only members could have it set, when it was; who has left since is still its author.
  const isAuthentic =
    key !== undefined && nodeIdOf(key) === node && signer.verify('head', utf8(canonical(unsigned)), signature, spki);
  if (!isAuthentic) throw new Fault('corrupt', "the head of the file does not have its author's valid signature");
  return head;
}

/** By shape alone: for listings, which hand out no bytes. */
export function readHead(value: Json): Head | undefined {
  const head = value as unknown as Head;
  return isRecord(value) && hasTexts(head) && hasSizes(head) && hasEntries(head) ? head : undefined;
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function hasTexts({ v, id, name, previous, etag, storedAt, seal, coding, author, signature }: Head): boolean {
  return (
    v === 1 &&
    typeof id === 'string' &&
    isId(id) &&
    typeof name === 'string' &&
    (previous === null || (typeof previous === 'string' && isShardHash(previous))) &&
    typeof etag === 'string' &&
    isShardHash(etag) &&
    typeof storedAt === 'string' &&
    seal === 'none' &&
    isRecord(coding) &&
    coding.kind === 'copies' &&
    isRecord(author) &&
    typeof author.node === 'string' &&
    typeof author.spki === 'string' &&
    typeof signature === 'string'
  );
}

function hasSizes({ version, bytes, shardBytes }: Head): boolean {
  return isCount(version) && version > 0 && isCount(bytes) && isCount(shardBytes) && isShardSize(shardBytes);
}

/** Genomes bound it from below as well; a map can be read whatever its author chose. */
function isShardSize(shardBytes: number): boolean {
  return shardBytes > 0 && shardBytes <= LIMITS.shardBytesMax;
}

function hasEntries({ bytes, shardBytes, levels, entries }: Head): boolean {
  const shards = shardCount(bytes, shardBytes);
  return (
    Array.isArray(entries) &&
    levels === levelsFor(shards) &&
    entries.length === headEntries(shards) &&
    entries.every((hash) => typeof hash === 'string' && isShardHash(hash))
  );
}

export function infoOf({ id, name, bytes, shardBytes, version, storedAt, etag }: Head): FileInfo {
  return { id, name, bytes, shards: shardCount(bytes, shardBytes), version, storedAt, etag };
}
