import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { type ShardContext, standpoint } from './context.ts';
import { isSurplus } from './rules.ts';
import type { ShardBytes } from './service.ts';
import type { Shelf } from './shelf.ts';
import { inWindow } from './window.ts';

/** A copy that this node should have, and a cell that is said to have it. */
export interface Want {
  readonly hash: ShardHash;
  readonly from: NodeId | null;
}

/** Gets copies that this node lacks: those it missed, and those it found damaged. */
export interface Fetcher {
  /** Resolves when nothing is wanted any more, at once where another call is at it. */
  fetch(wants: readonly Want[], signal: AbortSignal): Promise<void>;
}

export function createFetcher(context: ShardContext, shelf: Shelf, bytes: ShardBytes): Fetcher {
  const { index, opinions, ports } = context;
  const wanted = new Map<ShardHash, NodeId | null>();
  let running = false;

  const one = async (hash: ShardHash, from: NodeId | null, signal: AbortSignal): Promise<void> => {
    const needless = index.has(hash) || opinions.still || opinions.leaving || isSurplus(standpoint(context), hash);
    if (signal.aborted || needless) return;
    try {
      const content = await bytes.fetch(hash, { signal, ...(from === null ? {} : { first: from }) });
      await shelf.write(hash, content);
    } catch (error) {
      if (!isFault(error)) throw error;
      // Its other holders find out that it is missing here, and push it.
      ports.log.debug('shard.not-fetched', { hash, code: error.code });
    }
  };

  return {
    fetch: async (wants, signal) => {
      for (const { hash, from } of wants) if (wanted.size < LIMITS.hintsMax) wanted.set(hash, from);
      if (running) return;
      running = true;
      try {
        while (wanted.size > 0) {
          const batch = [...wanted];
          wanted.clear();
          await inWindow(batch, LIMITS.repairWindow, ([hash, from]) => one(hash, from, signal));
        }
      } finally {
        running = false;
      }
    },
  };
}
