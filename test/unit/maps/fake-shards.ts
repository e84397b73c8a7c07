import { sha256Hex } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import type { Hasher } from '../../../src/contract/ports.ts';
import type { CallOptions, ShardService } from '../../../src/contract/services.ts';

/** Shards in a map, with what a test wants to know and to break. */
export class FakeShards implements ShardService {
  readonly rows = new Map<string, Uint8Array>();
  readonly damaged = new Set<string>();
  puts = 0;
  open = 0;
  mostOpen = 0;
  /** Keeps nothing but the count: for streams that are larger than memory. */
  forgets = false;
  hasher: Hasher = sha256Hex;
  beforePut: (count: number) => Promise<void> | void = () => undefined;
  beforeGet: (hash: string, options: CallOptions) => Promise<void> | void = () => undefined;

  async put(bytes: Uint8Array, options: CallOptions = {}): Promise<string> {
    this.puts += 1;
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      await this.beforePut(this.puts);
      if (options.signal?.aborted) throw new Fault('cancelled');
      const hash = await this.hasher(bytes);
      if (!this.forgets) this.rows.set(hash, bytes);
      return hash;
    } finally {
      this.open -= 1;
    }
  }

  async get(hash: string, options: CallOptions = {}): Promise<Uint8Array> {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      await this.beforeGet(hash, options);
      if (options.signal?.aborted) throw new Fault('cancelled');
      const bytes = this.rows.get(hash);
      if (bytes === undefined) throw new Fault('not-found');
      return bytes;
    } finally {
      this.open -= 1;
    }
  }

  async stat(hash: string): Promise<number> {
    return (await this.get(hash)).byteLength;
  }

  storage() {
    return { shards: this.rows.size, bytes: 0, underReplicated: 0 };
  }

  beforeAudit: () => Promise<void> | void = () => undefined;

  async audit(hash: string) {
    await this.beforeAudit();
    return this.rows.has(hash)
      ? [
          { node: 'a', ok: true },
          { node: 'b', ok: !this.damaged.has(hash) },
        ]
      : [];
  }
}
