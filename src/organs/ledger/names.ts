import { base32, fromBase64url, isId, nodeIdOf, sha256, sha256Hex } from '../../contract/encoding.ts';

/** A ledger: base32 of the SHA-256 of its genesis, so the id commits to the organism and the first committee. */
export type LedgerId = string;
/** An asset: base32 of the SHA-256 of its definition, so the id commits to issuers and caps. */
export type AssetId = string;
/** Who owns a shell: what `nodeIdOf` makes of its key. */
export type HolderId = string;
/** `asset.holder`: whose account of what. It needs no registration, and can't be credited with another asset. */
export type ShellId = string;
/** A pending transfer or an offer: base32 of a hash of the shell that reserves it and of its id there. */
export type PendingId = string;
/** What has slots, one after the other: a shell, a pending, or the committee. */
export type Line = ShellId | PendingId | typeof COMMITTEE_LINE;
/** SHA-256, 64 lower-case hexadecimal characters. */
export type Hash = string;

/** The line in which committees follow each other; its slots are numbered like them. */
export const COMMITTEE_LINE = 'committee';
/** What comes before the first outcome of a shell. */
export const NO_HEAD: Hash = '0'.repeat(64);

export function shellIdOf(asset: AssetId, holder: HolderId): ShellId {
  return `${asset}.${holder}`;
}

export function assetOf(shell: ShellId): AssetId {
  return shell.slice(0, 52);
}

export function holderOf(shell: ShellId): HolderId {
  return shell.slice(53);
}

export function isShellId(text: unknown): text is ShellId {
  return typeof text === 'string' && text[52] === '.' && isId(assetOf(text)) && isId(holderOf(text));
}

/** The holder of a key; undefined where the text is no base64url. */
export function holderOfKey(spki: string): HolderId | undefined {
  const der = fromBase64url(spki);
  return der === undefined ? undefined : nodeIdOf(der);
}

export function pendingIdOf(shell: ShellId, id: string): PendingId {
  return base32(sha256(`peertree/ledger-pending/1\n${shell}\n${id}`));
}

export function isPendingId(line: Line): boolean {
  return isId(line);
}

/**
 * The order in which slots wait for each other: pendings before shells, then by their ids. A trade is decided in the first
 * of its lines, so whoever waits for a slot waits for a smaller line, and nobody waits in a circle.
 */
export function compareLines(a: Line, b: Line): number {
  if (isPendingId(a) !== isPendingId(b)) return isPendingId(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Hashes of one domain are never hashes of another. */
export function hashOf(domain: string, text: string): Hash {
  return sha256Hex(`peertree/${domain}/1\n${text}`);
}
