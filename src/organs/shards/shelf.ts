import { isFault } from '../../contract/errors.ts';
import type { Write } from '../../contract/ports.ts';
import type { ShardHash, TreeId } from '../../contract/words.ts';
import { type ShardContext, tellOrgan } from './context.ts';
import { rowOf } from './shard-index.ts';

/** What a look at this node's own copy found. */
export type Found = { readonly state: 'good'; readonly bytes: Uint8Array } | { readonly state: 'absent' | 'damaged' };

/** Where the store keeps a shard. Trees share the node's store, and one must never drop a shard of another. */
export function shardKey(tree: TreeId, hash: ShardHash): string {
  return `${tree}/${hash}`;
}

/** This node's own copies. Nothing comes off it without having been hashed, nothing counts as on it before the flush. */
export class Shelf {
  readonly #context: ShardContext;
  /** One write per shard, however many want it. */
  readonly #writing = new Map<ShardHash, Promise<void>>();

  constructor(context: ShardContext) {
    this.#context = context;
  }

  /** Fills the index with what the disk holds. */
  load(): void {
    const { index, ports, tree } = this.#context;
    index.clear();
    const prefix = `${tree.tree}/`;
    for (const [key, value] of ports.store.range('shardIndex', { prefix })) {
      const row = rowOf(value);
      if (row !== undefined) index.add(key.slice(prefix.length), row.bytes);
    }
  }

  /** A damaged copy is taken off the shelf, so that nobody counts on it. */
  async read(hash: ShardHash): Promise<Found> {
    const { index, ports, hasher } = this.#context;
    if (!index.has(hash)) return { state: 'absent' };
    const bytes = ports.store.bytes(this.#key(hash));
    if (bytes !== undefined && (await hasher(bytes)) === hash) return { state: 'good', bytes };
    if (!index.has(hash)) return { state: 'absent' };
    ports.log.warn('shard.damaged', { hash });
    await this.drop([hash]);
    return { state: 'damaged' };
  }

  /**
   * Bytes that were verified by the caller. Resolves once they are flushed.
   *
   * @throws Fault `disk-full`, `busy`
   */
  write(hash: ShardHash, bytes: Uint8Array): Promise<void> {
    if (this.#context.index.has(hash)) return Promise.resolve();
    const underWay = this.#writing.get(hash);
    if (underWay !== undefined) return underWay;
    const done = this.#commit(hash, bytes).finally(() => this.#writing.delete(hash));
    this.#writing.set(hash, done);
    return done;
  }

  async drop(hashes: readonly ShardHash[]): Promise<void> {
    const { index, ports } = this.#context;
    // The index first: from here on this node promises nothing of them.
    for (const hash of hashes) index.remove(hash);
    await ports.store.commit(hashes.flatMap((hash) => this.#removals(this.#key(hash))));
  }

  /** Asks the disk whether it takes writes again after it was full. A store that asked it just now answers for it. */
  async probe(): Promise<boolean> {
    const { store } = this.#context.ports;
    const probe = { table: 'shardIndex', key: this.#key('probe') } as const;
    try {
      await store.commit([{ ...probe, value: null }]);
      await store.commit([{ ...probe, remove: true }]);
      return true;
    } catch (error) {
      if (isFault(error, 'disk-full')) return false;
      throw error;
    }
  }

  async #commit(hash: ShardHash, bytes: Uint8Array): Promise<void> {
    const { index, ports } = this.#context;
    const key = this.#key(hash);
    const row: Write = { table: 'shardIndex', key, value: { bytes: bytes.byteLength } };
    try {
      await ports.store.commit([{ table: 'shards', key, bytes }, row]);
    } catch (error) {
      if (isFault(error, 'disk-full')) tellOrgan(this.#context, 'shards.full', null);
      throw error;
    }
    index.add(hash, bytes.byteLength, ports.clock.monotonic());
    // The organ looks at fresh shards until there are none: only the first of them is news.
    if (index.freshCount === 1) tellOrgan(this.#context, 'shards.received', null);
  }

  #removals(key: string): Write[] {
    return [
      { table: 'shardIndex', key, remove: true },
      { table: 'shards', key, remove: true },
    ];
  }

  #key(hash: string): string {
    return shardKey(this.#context.tree.tree, hash);
  }
}
