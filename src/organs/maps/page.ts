import { canonical, isShardHash, utf8 } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Json, ShardHash } from '../../contract/words.ts';
import { levelsFor } from './layout.ts';

/** A page of a map is a shard like any other: the canonical form of `{v: 1, entries}`. */
export function encodePage(entries: readonly ShardHash[]): Uint8Array {
  return utf8(canonical({ v: 1, entries }));
}

/** @throws Fault `corrupt` */
export function decodePage(bytes: Uint8Array): readonly ShardHash[] {
  const { v, entries } = parsed(bytes) as { readonly v?: unknown; readonly entries?: unknown };
  const isPage =
    v === 1 &&
    Array.isArray(entries) &&
    entries.length > 0 &&
    entries.length <= LIMITS.pageEntriesMax &&
    entries.every((hash) => typeof hash === 'string' && isShardHash(hash));
  if (!isPage) throw new Fault('corrupt', 'a page of the map is not one');
  return entries as readonly ShardHash[];
}

function parsed(bytes: Uint8Array): object {
  try {
    const value: Json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw new Fault('corrupt', 'a page of the map is not JSON', { cause: error });
  }
}

/**
 * Writes the pages of a map while its shards come in, so that never more than one page per level is in memory.
 *
 * @param store stores a page as a shard
 */
export class PageWriter {
  readonly #store: (page: Uint8Array) => Promise<ShardHash>;
  /** What is not in a page yet: shards at 0, pages of shards at 1, and so on. */
  readonly #levels: ShardHash[][] = [[]];
  #count = 0;

  constructor(store: (page: Uint8Array) => Promise<ShardHash>) {
    this.#store = store;
  }

  get count(): number {
    return this.#count;
  }

  /** The next shard of the file. Resolves once the page that it fills, if any, is stored. */
  async add(hash: ShardHash): Promise<void> {
    this.#count += 1;
    await this.#append(0, hash);
  }

  /** Stores the last pages. Resolves to what the head has to name. */
  async finish(): Promise<{ readonly levels: number; readonly entries: readonly ShardHash[] }> {
    const levels = levelsFor(this.#count);
    for (let level = 0; level < levels; level++) {
      if (this.#at(level).length > 0) await this.#flush(level);
    }
    return { levels, entries: this.#at(levels) };
  }

  async #append(level: number, hash: ShardHash): Promise<void> {
    this.#at(level).push(hash);
    if (this.#at(level).length === LIMITS.pageEntriesMax) await this.#flush(level);
  }

  async #flush(level: number): Promise<void> {
    const page = encodePage(this.#at(level));
    this.#levels[level] = [];
    await this.#append(level + 1, await this.#store(page));
  }

  #at(level: number): ShardHash[] {
    let entries = this.#levels[level];
    if (entries === undefined) {
      entries = [];
      this.#levels[level] = entries;
    }
    return entries;
  }
}
