import { Fault } from '../../contract/errors.ts';
import type { ShardHash } from '../../contract/words.ts';
import type { Head } from './head.ts';
import { shardCount } from './layout.ts';
import { decodePage } from './page.ts';

/** A page or a shard of a file, in the order of the file; a page comes before what it names. */
export interface Leaf {
  readonly hash: ShardHash;
  readonly isPage: boolean;
}

/**
 * All of a file's pages and shards. Only the pages on the way to the present one are in memory.
 *
 * @param readPage undefined leaves out all that the page names
 */
export async function* walk(
  head: Head,
  readPage: (hash: ShardHash) => Promise<Uint8Array | undefined>,
): AsyncGenerator<Leaf, void, undefined> {
  yield* descend(head.entries, head.levels, readPage);
}

async function* descend(
  entries: readonly ShardHash[],
  levels: number,
  readPage: (hash: ShardHash) => Promise<Uint8Array | undefined>,
): AsyncGenerator<Leaf, void, undefined> {
  for (const hash of entries) {
    yield { hash, isPage: levels > 0 };
    if (levels === 0) continue;
    const page = await readPage(hash);
    if (page !== undefined) yield* descend(decodePage(page), levels - 1, readPage);
  }
}

/**
 * The file's shards alone, in order.
 *
 * @throws Fault `corrupt` where the pages don't name as many as the head's size needs
 */
export async function* shardsOf(
  head: Head,
  readPage: (hash: ShardHash) => Promise<Uint8Array>,
): AsyncGenerator<ShardHash, void, undefined> {
  const expected = shardCount(head.bytes, head.shardBytes);
  let count = 0;
  for await (const { hash, isPage } of walk(head, readPage)) {
    if (isPage) continue;
    count += 1;
    if (count > expected) break;
    yield hash;
  }
  if (count !== expected) throw new Fault('corrupt', `the map of the file names other than its ${expected} shards`);
}
