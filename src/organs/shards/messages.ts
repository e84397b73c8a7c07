import { LIMITS } from '../../contract/limits.ts';
import { count, either, flag, id, listOf, nothing, shape, shardHash } from '../../contract/schema.ts';
import type { JsonObject, ShardHash } from '../../contract/words.ts';
import type { Hint } from './hints.ts';

/** `held`: the asker holds all of these itself. */
export interface HaveBody {
  readonly hashes: readonly ShardHash[];
  readonly held: boolean;
  /** Asks for more than to have them: that the other keeps them, so that the asker may drop its own. */
  readonly promise: boolean;
}

export interface ShardBody {
  readonly hash: ShardHash;
}

/** Copies that the receiver should have, and where to get them. */
export interface FetchBody {
  readonly shards: readonly Hint[];
}

/** What peers may send to the shards organ. */
export const shardMessages: { readonly [kind: string]: JsonObject } = {
  'shards.have': shape({
    hashes: listOf(shardHash, LIMITS.haveBatchMax),
    held: flag,
    promise: flag,
  }),
  'shards.stat': shape({ hash: shardHash }),
  'shards.audit': shape({ hash: shardHash }),
  'shards.fetch': shape({ shards: listOf(shape({ hash: shardHash, from: id }), LIMITS.haveBatchMax) }),
};

/** What they may answer. */
export const shardAnswers: { readonly [kind: string]: JsonObject } = {
  'shards.have': shape({ have: listOf(flag, LIMITS.haveBatchMax) }),
  'shards.stat': shape({ bytes: either(count, nothing) }),
  'shards.audit': shape({ held: flag, ok: flag }),
  'shards.fetch': nothing,
};
