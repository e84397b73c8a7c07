import { Fault } from '../../contract/errors.ts';
import { frozenJson } from '../../contract/frozen-json.ts';
import type { Cancel, Clock, RangeOptions, Store, Table, Write } from '../../contract/ports.ts';
import type { Json } from '../../contract/words.ts';
import { Fullness } from './fullness.ts';
import { selectKeys } from './key.ts';
import type { FlushPoint, MemoryDisk, MemoryStoreOptions } from './memory.ts';
import { Pending } from './pending.ts';

type RecordTable = Exclude<Table, 'shards'>;

interface Commit {
  readonly writes: readonly Write[];
  readonly fault: Fault | undefined;
  readonly bytes: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * The store's twin. Commits gather until the flush, which comes `flushMs` after the first of them on the clock; then all
 * become visible and durable at once and are answered in their order. Open it with `MemoryDisk.open`.
 */
export class MemoryStore implements Store {
  readonly #disk: MemoryDisk;
  readonly #clock: Clock;
  readonly #flushMs: number;
  readonly #pending: Pending;
  readonly #fullness: Fullness;
  #group: Commit[] = [];
  #cancelFlush: Cancel | undefined;
  #open = true;

  constructor(disk: MemoryDisk, options: MemoryStoreOptions) {
    this.#disk = disk;
    this.#clock = options.clock;
    this.#flushMs = options.flushMs ?? 1;
    this.#pending = new Pending(options);
    this.#fullness = new Fullness(() => options.clock.monotonic());
  }

  get full(): boolean {
    return this.#fullness.full;
  }

  get(table: RecordTable, key: string): Json | undefined {
    this.#assertOpen();
    return this.#disk.table(table).get(key) as Json | undefined;
  }

  bytes(key: string): Uint8Array | undefined {
    this.#assertOpen();
    return (this.#disk.table('shards').get(key) as Uint8Array | undefined)?.slice();
  }

  has(table: Table, key: string): boolean {
    this.#assertOpen();
    return this.#disk.table(table).has(key);
  }

  *range(table: RecordTable, options: RangeOptions = {}): Generator<readonly [string, Json]> {
    this.#assertOpen();
    const records = this.#disk.table(table);
    for (const key of selectKeys(records.keys(), options)) yield [key, records.get(key) as Json];
  }

  commit(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const copies = writes.map(copyOf);
      const bytes = this.#pending.enter(copies);
      const code = this.#disk.nextFault();
      this.#group.push({ writes: copies, bytes, resolve, reject, fault: code && new Fault(code) });
      this.#cancelFlush ??= this.#clock.schedule(this.#flushMs + this.#disk.slowMs, () => this.#flush());
    });
  }

  /** Flushes what was committed, without waiting for the clock. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    this.#disk.release(this);
  }

  /** The process dies here: what was not flushed is lost, and nobody hears of it. */
  crash(): void {
    this.#cancelFlush?.();
    this.#group = [];
    this.#open = false;
    this.#disk.release(this);
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const group = this.#group;
    this.#group = [];
    const death = group.length === 0 ? undefined : this.#disk.takeDeath();
    const reached = death === undefined ? group : group.slice(0, reachedBefore(death.point, group.length));
    const faults = reached.map((commit) => this.#apply(commit));
    if (death !== undefined) {
      death.strike();
      return;
    }
    for (const [index, commit] of group.entries()) {
      this.#pending.leave(commit.bytes);
      if (faults[index] === undefined) commit.resolve();
      else commit.reject(faults[index]);
    }
  }

  #apply({ writes, fault }: Commit): unknown {
    const wasFull = this.#fullness.full;
    try {
      if (fault !== undefined) throw fault;
      if (!this.#fullness.admits(writes)) return new Fault('disk-full');
      this.#disk.apply(writes);
      this.#disk.onFlush?.(writes);
      if (wasFull && writes.length > 0) this.#fullness.hasRoom();
      return undefined;
    } catch (error) {
      if (error instanceof Fault && error.code === 'disk-full') this.#fullness.filled();
      return error;
    }
  }

  #assertOpen(): void {
    if (!this.#open) throw new Fault('stopping', 'The store is closed.');
  }
}

/** How many commits of a group reach the disk of a process that dies in its flush. */
function reachedBefore(point: FlushPoint, commits: number): number {
  if (point === 'after') return commits;
  return point === 'torn' ? Math.floor(commits / 2) : 0;
}

/** The disk shares nothing with whoever writes to it. */
function copyOf(write: Write): Write {
  if ('remove' in write) return write;
  return 'bytes' in write ? { ...write, bytes: write.bytes.slice() } : { ...write, value: frozenJson(write.value) };
}
