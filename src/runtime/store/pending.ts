import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Write } from '../../contract/ports.ts';
import { checkKey } from './key.ts';

export interface PendingLimits {
  /** @default LIMITS.storeCommitsMax */
  readonly commitsMax?: number;
  /** @default LIMITS.storePendingBytesMax */
  readonly bytesMax?: number;
}

/** Counts what waits for the flush, and refuses what would be too much of it. */
export class Pending {
  readonly #commitsMax: number;
  readonly #bytesMax: number;
  #commits = 0;
  #bytes = 0;

  constructor(limits: PendingLimits = {}) {
    this.#commitsMax = limits.commitsMax ?? LIMITS.storeCommitsMax;
    this.#bytesMax = limits.bytesMax ?? LIMITS.storePendingBytesMax;
  }

  /** Returns the shard bytes taken in, for `leave`. Throws `busy`, or `malformed` for a key that no store can keep. */
  enter(writes: readonly Write[]): number {
    let bytes = 0;
    for (const write of writes) {
      checkKey(write.key);
      if ('bytes' in write) bytes += write.bytes.length;
    }
    if (this.#commits >= this.#commitsMax || (this.#commits > 0 && this.#bytes + bytes > this.#bytesMax)) {
      throw new Fault('busy', 'Too much waits for the disk already.');
    }
    this.#commits += 1;
    this.#bytes += bytes;
    return bytes;
  }

  leave(bytes: number): void {
    this.#commits -= 1;
    this.#bytes -= bytes;
  }
}

/** What a full store still takes: it gives back room and asks for none. */
export function onlyRemoves(writes: readonly Write[]): boolean {
  return writes.length > 0 && writes.every((write) => 'remove' in write);
}
