import { isFault } from '../../contract/errors.ts';
import type { Write } from '../../contract/ports.ts';
import type { ShardHash, TreeId } from '../../contract/words.ts';
import { type ShardContext, tellOrgan } from './context.ts';
import { rowOf } from './shard-index.ts';

/** What a look at this node's own copy found. */
export type Found = { readonly state: 'good'; readonly bytes: Uint8Array } | { readonly state: 'absent' | 'damaged' };

/** This node's own copies. Nothing comes off it without having been hashed, nothing counts as on it before the flush. */
export interface Shelf {
  /** Fills the index with what the disk holds. */
  load(): void;
  /** A damaged copy is taken off the shelf, so that nobody counts on it. */
  read(hash: ShardHash): Promise<Found>;
  /**
   * Bytes that were verified by the caller. Resolves once they are flushed.
   *
   * @throws Fault `disk-full`, `busy`
   */
  write(hash: ShardHash, bytes: Uint8Array): Promise<void>;
  drop(hashes: readonly ShardHash[]): Promise<void>;
  /** Asks the disk whether it takes writes again after it was full. */
  probe(): Promise<boolean>;
}

/** Trees share the node's store, and one must never drop a shard of another. */
export function shardKey(tree: TreeId, hash: ShardHash): string {
  return `${tree}/${hash}`;
}

export function createShelf(context: ShardContext): Shelf {
  const { index, ports, tree } = context;
  const { store, clock, log } = ports;
  const writing = new Map<ShardHash, Promise<void>>();
  const key = (hash: ShardHash): string => shardKey(tree.tree, hash);
  const removals = (hash: ShardHash): Write[] => [
    { table: 'shardIndex', key: key(hash), remove: true },
    { table: 'shards', key: key(hash), remove: true },
  ];

  const drop = async (hashes: readonly ShardHash[]): Promise<void> => {
    // The index first: from here on this node promises nothing of them.
    for (const hash of hashes) index.remove(hash);
    await store.commit(hashes.flatMap(removals));
  };

  const commit = async (hash: ShardHash, bytes: Uint8Array): Promise<void> => {
    try {
      await store.commit([
        { table: 'shards', key: key(hash), bytes },
        { table: 'shardIndex', key: key(hash), value: { bytes: bytes.byteLength } },
      ]);
    } catch (error) {
      if (isFault(error, 'disk-full')) tellOrgan(context, 'shards.full', null);
      throw error;
    }
    index.add(hash, bytes.byteLength, clock.monotonic());
    // The organ looks at fresh shards until there are none: only the first of them is news.
    if (index.freshCount === 1) tellOrgan(context, 'shards.received', null);
  };

  return {
    load: () => {
      index.clear();
      const prefix = `${tree.tree}/`;
      for (const [rowKey, value] of store.range('shardIndex', { prefix })) {
        const row = rowOf(value);
        if (row !== undefined) index.add(rowKey.slice(prefix.length), row.bytes);
      }
    },

    read: async (hash) => {
      if (!index.has(hash)) return { state: 'absent' };
      const bytes = store.bytes(key(hash));
      if (bytes !== undefined && (await context.hasher(bytes)) === hash) return { state: 'good', bytes };
      if (!index.has(hash)) return { state: 'absent' };
      log.warn('shard.damaged', { hash });
      await drop([hash]);
      return { state: 'damaged' };
    },

    write: (hash, bytes) => {
      if (index.has(hash)) return Promise.resolve();
      const under = writing.get(hash);
      if (under !== undefined) return under;
      const done = commit(hash, bytes).finally(() => writing.delete(hash));
      writing.set(hash, done);
      return done;
    },

    drop,

    probe: async () => {
      // A commit of removals is the only one that a full store tries.
      await store.commit([{ table: 'shardIndex', key: key('probe'), remove: true }]);
      return !store.full;
    },
  };
}
