import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/errors.ts';
import { certificatePem, isCurrent } from './certificate.ts';
import { writeDurably } from './durable-file.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { generateKeyPem, p256Signer } from './signer/p256.ts';

/** What this version writes, and the newest that it reads. */
const FORMAT = 1;

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
const READABLE = 0o644;

/** The folder of one node, for this process alone until `close`. */
export interface DataFolder {
  readonly path: string;
  /** EC P-256, PKCS #8, PEM: who this node is. Made at the first start. */
  readonly keyPem: string;
  /** For `openLmdbStore`. */
  readonly storePath: string;
  /** For `ndjsonLog`. */
  readonly logPath: string;
  /**
   * A self-signed certificate of the key, naming localhost, 127.0.0.1, ::1 and `hosts`. It is kept in cert.pem, and made
   * anew when other hosts are asked for or it is about to expire.
   */
  certPem(hosts: readonly string[]): Promise<string>;
  /** Lets other processes use the folder. */
  close(): Promise<void>;
}

export interface DataFolderOptions {
  /** Epoch milliseconds, for the certificate's dates. @default the machine's clock */
  readonly now?: () => number;
}

/**
 * Opens a node's folder, or makes it.
 *
 * Rejects with `data-in-use` while another process has it open, `data-too-new` where a newer version wrote it,
 * `data-damaged` where it lacks or contradicts what a node needs, and `disk-full`.
 *
 * @example
 * const folder = await openDataFolder('./organism/node-1')
 * const signer = p256Signer(folder.keyPem)
 */
export async function openDataFolder(path: string, options: DataFolderOptions = {}): Promise<DataFolder> {
  const now = options.now ?? Date.now;
  return explained(path, async () => {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
    const lock = await lockFolder(path);
    try {
      const keyPem = await openKey(path, await readFormat(path));
      return toDataFolder(path, keyPem, lock, now);
    } catch (error) {
      await lock.release();
      throw error;
    }
  });
}

function toDataFolder(path: string, keyPem: string, lock: FolderLock, now: () => number): DataFolder {
  return {
    path,
    keyPem,
    storePath: join(path, 'store'),
    logPath: join(path, 'log.ndjson'),
    certPem: (hosts) => explained(path, () => openCertificate(path, keyPem, hosts, now())),
    close: () => lock.release(),
  };
}

/** Undefined for a folder that no node has used yet. */
async function readFormat(path: string): Promise<number | undefined> {
  const text = await readOptional(join(path, 'format'));
  if (text === undefined) return undefined;
  const format = /^[1-9]\d{0,8}\n?$/.test(text) ? Number(text) : undefined;
  if (format === undefined) throw new Fault('data-damaged', `${join(path, 'format')} holds no version.`);
  if (format > FORMAT) {
    throw new Fault('data-too-new', `${path} has format ${format}; this version of PeerTree reads up to ${FORMAT}.`);
  }
  return format;
}

async function openKey(path: string, format: number | undefined): Promise<string> {
  const keyPath = join(path, 'key.pem');
  const kept = await readOptional(keyPath);
  if (kept === undefined && format !== undefined) {
    throw new Fault('data-damaged', `${keyPath} is missing, and with it who this node was.`);
  }
  const keyPem = kept ?? generateKeyPem();
  // Fails with `data-damaged` where it is no key of ours.
  p256Signer(keyPem);
  if (kept === undefined) await writeDurably(keyPath, keyPem, OWNER_ONLY);
  // A copied folder may have become readable for all.
  else await chmod(keyPath, OWNER_ONLY);
  // Last, because it says that all the rest is there.
  if (format === undefined) await writeDurably(join(path, 'format'), `${FORMAT}\n`, READABLE);
  return keyPem;
}

async function openCertificate(path: string, keyPem: string, hosts: readonly string[], nowMs: number): Promise<string> {
  const certPath = join(path, 'cert.pem');
  const kept = await readOptional(certPath);
  if (kept !== undefined && isCurrent(kept, keyPem, hosts, nowMs)) return kept;
  const certPem = certificatePem(keyPem, hosts, nowMs);
  await writeDurably(certPath, certPem, READABLE);
  return certPem;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Says in the product's words what the file system said in its own. */
async function explained<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const code = codeOf(cause);
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new Fault('disk-full', undefined, { cause });
    if (code === undefined) throw cause;
    throw new Fault('data-damaged', `${path} can not be used: ${String(cause)}`, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
