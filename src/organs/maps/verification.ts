import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { CallOptions, VerifyReport } from '../../contract/services.ts';
import type { ShardHash } from '../../contract/words.ts';
import type { MapContext } from './context.ts';
import { type Head, infoOf } from './head.ts';
import { type Leaf, walk } from './walk.ts';

/** No copy can be read now; of a page it means that what it names is unknown. */
const ABSENT = new Set(['not-found', 'maybe-elsewhere', 'corrupt']);

/**
 * Has every copy of every page and shard of a file read and hashed where it is. A shard that several places of the file
 * share is audited once.
 *
 * @throws Fault `cancelled`
 */
export async function verify(context: MapContext, head: Head, options: CallOptions): Promise<VerifyReport> {
  const call = linked(options.signal);
  return audited(context, head, { ...options, signal: call.signal }).finally(call.unlink);
}

async function audited({ shards }: MapContext, head: Head, options: CallOptions): Promise<VerifyReport> {
  const copies = { good: 0, bad: 0 };
  const missing = new Set<ShardHash>();
  const seen = new Set<ShardHash>();

  const readPage = async (hash: ShardHash): Promise<Uint8Array | undefined> => {
    try {
      return await shards.get(hash, options);
    } catch (error) {
      if (!isFault(error) || !ABSENT.has(error.code)) throw error;
      missing.add(hash);
      return undefined;
    }
  };
  const audit = async ({ hash }: Leaf): Promise<void> => {
    if (seen.has(hash)) return;
    seen.add(hash);
    const found = await shards.audit(hash, options);
    const good = found.filter(({ ok }) => ok).length;
    copies.good += good;
    copies.bad += found.length - good;
    if (good === 0) missing.add(hash);
  };

  await drain(walk(head, readPage), LIMITS.auditWindow, audit);
  const { id, name, bytes, shards: count } = infoOf(head);
  const isWhole = missing.size === 0 && copies.bad === 0;
  return { id, name, shards: count, bytes, ok: isWhole, copies, missing: [...missing].slice(0, LIMITS.missingListed) };
}

/** Takes item after item, at most `width` at once. */
async function drain<T>(items: AsyncIterator<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed) {
      const { done, value } = await items.next();
      if (done === true) return;
      await work(value);
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await worker();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: width }, guarded));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
