import type { MemoryService, RememberedFile, Search } from '../contract/memory.ts';
import type { CallOptions } from '../contract/services.ts';
import type { Exchange } from './exchange.ts';

/** The memory of the organism that a client talks to. */
export type MemoryClient = MemoryService;

export function memoryClient(exchange: Exchange): MemoryClient {
  return {
    search: (search, options) => exchange.ask('POST', '/peerMemory/search', { ...options, json: bodyOf(search) }),
    remember: (idOrName, { note, ...options } = {}) =>
      exchange.ask('PUT', memoryOf(idOrName), { ...options, json: note === undefined ? {} : { note } }),
    forget: (idOrName, options) => exchange.ask('DELETE', memoryOf(idOrName), options),
    stat: (idOrName, options?: CallOptions) => exchange.ask<RememberedFile>('GET', memoryOf(idOrName), options),
  };
}

function memoryOf(idOrName: string): string {
  return `/peerMemory/files/${encodeURIComponent(idOrName)}`;
}

function bodyOf({ types, owners, after, before, ...search }: Search): object {
  const time = (ms: number): string => new Date(ms).toISOString();
  return {
    ...search,
    ...(types === undefined ? {} : { type: types }),
    ...(owners === undefined ? {} : { owner: owners }),
    ...(after === undefined ? {} : { after: time(after) }),
    ...(before === undefined ? {} : { before: time(before) }),
  };
}
