import { Fault, type FaultCode } from '../../contract/errors.ts';
import { type Clock, TABLES, type Table, type Write } from '../../contract/ports.ts';
import type { Json } from '../../contract/words.ts';
import { MemoryStore } from './memory-store.ts';
import { MemoryTable } from './memory-table.ts';
import type { PendingLimits } from './pending.ts';

export { MemoryStore } from './memory-store.ts';

/** JSON in the tables of records, bytes in `shards`; neither is ever changed in place. */
export type Stored = Json | Uint8Array;

/** What a disk held at one moment. Disks may share it. */
export interface DiskSnapshot {
  readonly tables: ReadonlyMap<Table, readonly (readonly [string, Stored])[]>;
}

/**
 * Where in the flush of a group a process can die. `before`: nothing of the group is kept. `torn`: its first commits are,
 * each as a whole, as a database with transactions keeps them. `after`: all of it is, but nobody has been told.
 */
export type FlushPoint = 'before' | 'torn' | 'after';

/** A death that waits for the next flush. `strike` must end the process that has the store open. */
export interface FlushDeath {
  readonly point: FlushPoint;
  strike(): void;
}

export interface MemoryStoreOptions extends PendingLimits {
  readonly clock: Clock;
  /** From the first commit of a group to its flush. @default 1 */
  readonly flushMs?: number;
}

/**
 * A disk in memory: it outlives the stores that are opened from it, so that a crash loses what it must and keeps what it
 * must. One store may be open at a time, as one process may use a data folder.
 *
 * @example
 * const disk = new MemoryDisk()
 * const store = disk.open({ clock, flushMs: 2 })
 * disk.crash() // commits that weren't flushed are gone, and never answered
 * const after = disk.open({ clock })
 */
export class MemoryDisk {
  /** Room for keys and values together; a commit beyond it fails with `disk-full`. @default no limit */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Told what reached the disk, after it did and before anybody is answered. */
  onFlush: ((writes: readonly Write[]) => void) | undefined = undefined;
  #tables = emptyTables();
  #store: MemoryStore | undefined;
  #faults: FaultCode[] = [];
  #slowMs = 0;
  #death: FlushDeath | undefined;
  /** What was there before each write since the disk began to lie, oldest first; undefined while it is honest. */
  #unsynced: { readonly table: Table; readonly key: string; readonly before: Stored | undefined }[] | undefined;
  /** Undefined until somebody wants to know it: counting costs more than the rest of a commit. */
  #usedBytes: number | undefined;

  /** Throws `data-in-use` while another store of this disk is open. */
  open(options: MemoryStoreOptions): MemoryStore {
    if (this.#store !== undefined) throw new Fault('data-in-use');
    this.#store = new MemoryStore(this, options);
    return this.#store;
  }

  /** For the open store alone: it gives the disk back. */
  release(store: MemoryStore): void {
    if (this.#store === store) this.#store = undefined;
  }

  /**
   * The process that has the store open dies: commits in flight are lost, and their promises never settle.
   *
   * @returns whether it lost what had been acknowledged, because the disk lied
   */
  crash(): boolean {
    this.#store?.crash();
    this.#death = undefined;
    const undone = this.#unsynced?.splice(0).reverse() ?? [];
    for (const { table, key, before } of undone) {
      if (before === undefined) this.table(table).delete(key);
      else this.table(table).set(key, before);
    }
    if (undone.length > 0) this.#usedBytes = undefined;
    return undone.length > 0;
  }

  /** The process dies at this point of its next flush. A crash before that, or `live`, takes it back. */
  dieAt(point: FlushPoint, strike: () => void): void {
    this.#death = { point, strike };
  }

  live(): void {
    this.#death = undefined;
  }

  /** For the open store alone: the death that the flush at hand must meet. */
  takeDeath(): FlushDeath | undefined {
    const death = this.#death;
    this.#death = undefined;
    return death;
  }

  /** From now on flushes are acknowledged, but lost in a crash: a drive that lies about its cache. */
  lie(): void {
    this.#unsynced ??= [];
  }

  /** What was acknowledged so far is safe, and what comes is flushed as it is said. */
  tellTruth(): void {
    this.#unsynced = undefined;
  }

  /** An empty disk in the place of this one. No store may be open. */
  wipe(): void {
    this.restore({ tables: new Map() });
  }

  /** The next `times` commits keep nothing and reject with this code. @default 1 */
  failNext(code: FaultCode, times = 1): void {
    for (let time = 0; time < times; time++) this.#faults.push(code);
  }

  /** For the open store alone: the fault that the commit at hand must meet. */
  nextFault(): FaultCode | undefined {
    return this.#faults.shift();
  }

  /** Every flush takes so much longer from now on. */
  slow(ms: number): void {
    this.#slowMs = ms;
  }

  get slowMs(): number {
    return this.#slowMs;
  }

  /** Flips one bit of a stored shard; false where there is none, or it is empty. */
  corrupt(key: string): boolean {
    const shards = this.table('shards');
    const bytes = shards.get(key);
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) return false;
    const bad = bytes.slice();
    const middle = bad.length >>> 1;
    bad[middle] = (bad[middle] as number) ^ 1;
    shards.set(key, bad);
    return true;
  }

  snapshot(): DiskSnapshot {
    return { tables: new Map([...this.#tables].map(([name, table]) => [name, [...table.entries()]])) };
  }

  /** Puts back what the disk held then: a backup, or an old disk. No store may be open. */
  restore(snapshot: DiskSnapshot): void {
    if (this.#store !== undefined) throw new Fault('data-in-use');
    this.#tables = new Map(TABLES.map((name) => [name, new MemoryTable(snapshot.tables.get(name))]));
    this.#usedBytes = undefined;
    if (this.#unsynced !== undefined) this.#unsynced = [];
  }

  table(name: Table): MemoryTable<Stored> {
    return this.#tables.get(name) as MemoryTable<Stored>;
  }

  get usedBytes(): number {
    this.#usedBytes ??= [...this.#tables.values()]
      .flatMap((table) => [...table.entries()])
      .reduce((sum, [key, value]) => sum + sizeOf(key, value), 0);
    return this.#usedBytes;
  }

  /** For the open store alone: all of `writes`, whose values are the disk's to keep, or none. Throws `disk-full`. */
  apply(writes: readonly Write[]): void {
    if (this.capacityBytes < Number.POSITIVE_INFINITY) this.#makeRoom(writes);
    else this.#usedBytes = undefined;
    for (const write of writes) {
      const table = this.table(write.table);
      this.#unsynced?.push({ table: write.table, key: write.key, before: table.get(write.key) });
      if ('remove' in write) table.delete(write.key);
      else table.set(write.key, 'bytes' in write ? write.bytes : write.value);
    }
  }

  #makeRoom(writes: readonly Write[]): void {
    const after = this.usedBytes + this.#growthOf(writes);
    if (after > this.capacityBytes && after > this.usedBytes) throw new Fault('disk-full');
    this.#usedBytes = after;
  }

  #growthOf(writes: readonly Write[]): number {
    const sizes = new Map<string, number>();
    let growth = 0;
    for (const write of writes) {
      const place = `${write.table}/${write.key}`;
      const old = this.table(write.table).get(write.key);
      const before = sizes.get(place) ?? (old === undefined ? 0 : sizeOf(write.key, old));
      const after = 'remove' in write ? 0 : sizeOf(write.key, 'bytes' in write ? write.bytes : write.value);
      sizes.set(place, after);
      growth += after - before;
    }
    return growth;
  }
}

function emptyTables(): Map<Table, MemoryTable<Stored>> {
  return new Map(TABLES.map((name) => [name, new MemoryTable<Stored>()]));
}

function sizeOf(key: string, value: Stored): number {
  return (
    Buffer.byteLength(key) + (value instanceof Uint8Array ? value.length : Buffer.byteLength(JSON.stringify(value)))
  );
}
