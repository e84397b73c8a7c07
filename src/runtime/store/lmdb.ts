import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { asBinary, type Database, type RangeOptions as LmdbRange, open, type RootDatabase } from 'lmdb';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { type Log, type RangeOptions, type Store, TABLES, type Table, type Write } from '../../contract/ports.ts';
import type { Json } from '../../contract/words.ts';
import { flushFolder } from '../durable-file.ts';
import { Fullness } from './fullness.ts';
import { Pending, type PendingLimits } from './pending.ts';
import { guardStrayRejections, isCommitFailure, reasonOf } from './stray-rejections.ts';

const { errno } = constants;

type RecordTable = Exclude<Table, 'shards'>;
type Tables = ReadonlyMap<Table, Database<unknown, Uint8Array>>;

export interface LmdbStoreOptions extends PendingLimits {
  /** Is told when the disk is full and when it has room again. */
  readonly log?: Log;
}

/**
 * Opens, or makes, the store in a folder of its own. The process must hold the lock of the data folder: two processes
 * in one environment would not notice each other.
 *
 * Bytes given to `commit` must not be changed before it settles: they go to the disk from where they are.
 *
 * @example
 * const store = await openLmdbStore(folder.storePath)
 * await store.commit([{ table: 'facts', key: 'incarnation', value: 3 }])
 */
export async function openLmdbStore(path: string, options: LmdbStoreOptions = {}): Promise<Store> {
  guardStrayRejections();
  const root = open<unknown, Uint8Array>({
    path,
    // Without it two databases would fit and the third fail; the default of 12 leaves no room to grow.
    maxDbs: 2 * TABLES.length,
    // The write thread flushes before it answers: a put that resolved is on the disk, with no second promise to await
    // that never rejects. It is also the faster way, since the commits of one turn are one transaction anyway.
    overlappingSync: false,
    // Shards are encrypted or compressed already.
    compression: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const tables = new Map(
    TABLES.map((name) => [
      name,
      root.openDB<unknown, Uint8Array>({
        name,
        // The default would be msgpack, with structures shared between records.
        encoding: name === 'shards' ? 'binary' : 'json',
        // UTF-8 as it is. The default encoding of strings escapes some control characters, and others only in short keys.
        keyEncoding: 'binary',
      }),
    ]),
  );
  await flushFolder(path);
  return new LmdbStore(path, root, tables, options);
}

class LmdbStore implements Store {
  readonly #path: string;
  readonly #root: RootDatabase<unknown, Uint8Array>;
  readonly #tables: Tables;
  readonly #pending: Pending;
  readonly #log: Log | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #fullness = new Fullness(() => performance.now());
  #open = true;

  constructor(path: string, root: RootDatabase<unknown, Uint8Array>, tables: Tables, options: LmdbStoreOptions) {
    this.#path = path;
    this.#root = root;
    this.#tables = tables;
    this.#pending = new Pending(options);
    this.#log = options.log;
  }

  get full(): boolean {
    return this.#fullness.full;
  }

  get(table: RecordTable, key: string): Json | undefined {
    return this.#table(table).get(Buffer.from(key)) as Json | undefined;
  }

  bytes(key: string): Uint8Array | undefined {
    const bytes = this.#table('shards').getBinary(Buffer.from(key));
    // `length` may be overridden, so that hashing would read past the end: a plain view of the same memory.
    return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  has(table: Table, key: string): boolean {
    return this.#table(table).doesExist(Buffer.from(key));
  }

  *range(table: RecordTable, options: RangeOptions = {}): Generator<readonly [string, Json]> {
    for (const { key, value } of this.#table(table).getRange(lmdbRange(options))) {
      yield [Buffer.from(key).toString(), value as Json];
    }
  }

  commit(writes: readonly Write[]): Promise<void> {
    const commit = this.#commit(writes);
    this.#inFlight.add(commit);
    const leave = (): void => void this.#inFlight.delete(commit);
    commit.then(leave, leave);
    return commit;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.allSettled(this.#inFlight);
    await this.#root.close();
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    this.#assertOpen();
    const bytes = this.#pending.enter(writes);
    try {
      const wasFull = this.#fullness.full;
      if (!this.#fullness.admits(writes)) throw new Fault('disk-full');
      // Whatever can't be encoded must throw before the first operation is queued.
      const operations = writes.map((write) => this.#operation(write));
      // Operations of one turn of the event loop become one transaction: all are kept, or none.
      await Promise.all(operations.map((operation) => operation()));
      if (wasFull && writes.length > 0 && this.#fullness.hasRoom()) this.#log?.info('store.has-room');
    } catch (error) {
      throw isCommitFailure(error) ? await this.#failure(await reasonOf(error)) : error;
    } finally {
      this.#pending.leave(bytes);
    }
  }

  #operation(write: Write): () => Promise<unknown> {
    const table = this.#table(write.table);
    const key = Buffer.from(write.key);
    if ('remove' in write) return () => table.remove(key);
    const value = 'bytes' in write ? write.bytes : Buffer.from(JSON.stringify(write.value));
    return () => table.put(key, asBinary(value));
  }

  async #failure(reason: unknown): Promise<Fault> {
    if (!(await this.#lacksRoom(reason))) {
      return new Fault('internal', `The store could not be written: ${String(reason)}`, { cause: reason });
    }
    if (this.#fullness.filled()) this.#log?.error('store.full', { reason: String(reason) });
    return new Fault('disk-full', undefined, { cause: reason });
  }

  /** A write that stops half-way is reported as an I/O error, and only the next one as a lack of room. */
  async #lacksRoom(reason: unknown): Promise<boolean> {
    const code = typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : undefined;
    if (code === errno.ENOSPC || code === errno.EDQUOT) return true;
    if (code !== errno.EIO) return false;
    const { bavail, bsize } = await statfs(this.#path);
    return bavail * bsize < LIMITS.storePendingBytesMax + TREE_BYTES_MAX;
  }

  #table(name: Table): Database<unknown, Uint8Array> {
    this.#assertOpen();
    return this.#tables.get(name) as Database<unknown, Uint8Array>;
  }

  #assertOpen(): void {
    if (!this.#open) throw new Fault('stopping', 'The store is closed.');
  }
}

/** What one transaction writes besides values, generously: pages of the trees and of the list of free pages. */
const TREE_BYTES_MAX = 16 * 1024 * 1024;

const LOWEST = Buffer.from([0]);
/** Not a byte of UTF-8: above every key. */
const HIGHEST = Buffer.from([0xff]);

/** In lmdb a range runs from `start` to `end` in its own direction, `end` excluded unless told otherwise. */
function lmdbRange({ prefix = '', after, limit, reverse = false }: RangeOptions): LmdbRange {
  const lowest = prefix === '' ? LOWEST : Buffer.from(prefix);
  const above = after === undefined ? undefined : Buffer.from(after);
  const exclusive = above !== undefined && Buffer.compare(above, lowest) >= 0;
  const low = exclusive ? above : lowest;
  const high = prefix === '' ? HIGHEST : successor(lowest);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reverse
      ? { reverse, start: high, exclusiveStart: true, end: low, inclusiveEnd: !exclusive }
      : { start: low, exclusiveStart: exclusive, end: high }),
  };
}

/** The lowest bytes above all that start with `prefix`. The last byte of UTF-8 is never 0xff. */
function successor(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  next[next.length - 1] = (next[next.length - 1] as number) + 1;
  return next;
}
