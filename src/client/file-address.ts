import type { IncomingHttpHeaders } from 'node:http';
import type { FileInfo } from '../contract/services.ts';

export const FILES = '/ftreeFileMgr/files';

/** Every byte that has a meaning in a path is escaped, slashes too: a name is one segment. */
export function fileAt(idOrName: string): string {
  return `${FILES}/${encodeURIComponent(idOrName)}`;
}

/** What a node says of a file in the headers of an answer. */
export function infoOf(headers: IncomingHttpHeaders): FileInfo {
  const text = (name: string): string => String(headers[name] ?? '');
  return {
    id: text('peertree-id'),
    name: decodeURIComponent(text('peertree-name')),
    bytes: Number(text('content-length')),
    shards: Number(text('peertree-shards')),
    version: Number(text('peertree-version')),
    storedAt: text('peertree-stored-at'),
    etag: text('etag').replace(/^"|"$/g, ''),
  };
}
