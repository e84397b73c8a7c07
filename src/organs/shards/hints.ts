import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { type ShardContext, tellOrgan } from './context.ts';
import { addTo } from './group.ts';

/** A shard and a cell that has it. */
export interface Hint {
  readonly hash: ShardHash;
  readonly from: NodeId;
}

/**
 * Copies owed to ranked cells that missed a put. They are gathered for a moment, so that a long upload past a dead cell
 * fills its queue with a few messages and not with one per shard. One that is lost with the process is found again by
 * the reconciliation of the holders.
 */
export interface Hints {
  owe(node: NodeId, hash: ShardHash, from: NodeId): void;
  /** Hands all to the outbox. */
  flush(): Promise<void>;
}

export function createHints(context: ShardContext): Hints {
  const { tree, ports } = context;
  const owed = new Map<NodeId, Hint[]>();
  let count = 0;

  const queue = async (node: NodeId, shards: readonly Hint[]): Promise<void> => {
    try {
      for (let at = 0; at < shards.length; at += LIMITS.haveBatchMax) {
        const batch = shards.slice(at, at + LIMITS.haveBatchMax);
        await tree.queue(node, 'shards.fetch', { shards: batch.map(({ hash, from }) => ({ hash, from })) });
      }
    } catch (error) {
      if (!isFault(error)) throw error;
      ports.log.warn('shard.hint-lost', { node, shards: shards.length, code: error.code });
    }
  };

  return {
    owe: (node, hash, from) => {
      if (node === tree.self || count >= LIMITS.hintsMax) return;
      count += 1;
      addTo(owed, node, { hash, from });
      tellOrgan(context, 'shards.hinted', null);
    },
    flush: async () => {
      const batches = [...owed];
      owed.clear();
      count = 0;
      for (const [node, shards] of batches) await queue(node, shards);
    },
  };
}
