import { LIMITS } from '../../../contract/limits.ts';
import { anything, count, flag, id, listOf, nothing, shape, shardHash, text } from '../../../contract/schema.ts';
import type { Json, JsonObject } from '../../../contract/words.ts';
import type { Hash } from '../names.ts';

/** Inputs of a validator, in their order; what they are is checked one by one (read-input.ts). */
export interface InputsBody {
  readonly inputs: readonly Json[];
}

/** "I am in this life of mine", from a validator that starts. */
export interface HelloBody {
  /** Grows with every start that its disk knows of. */
  readonly life: number;
  /** Drawn anew at every start. */
  readonly token: string;
}

/** `isNew`: nobody knows of a later life of this key, nor of another one with the same number. */
export interface HelloAnswer {
  readonly isNew: boolean;
}

export interface Standing {
  readonly committee: number;
  readonly root: Hash;
  /** How many outcomes it has applied, in an order of its own. */
  readonly feed: number;
}

export interface FeedBody {
  readonly after: number;
}

export interface FeedAnswer {
  readonly values: readonly Hash[];
}

export interface FetchBody {
  readonly values: readonly Hash[];
}

/** What peers may send to the ledger organ. */
export const ledgerMessages: { readonly [kind: string]: JsonObject } = {
  'ledger.ask': shape({ inputs: listOf(anything, LIMITS.ledgerInputsMax) }),
  'ledger.tell': shape({ inputs: listOf(anything, LIMITS.ledgerInputsMax) }),
  'ledger.hello': shape({ life: count, token: text(64) }),
  'ledger.compare': nothing,
  'ledger.nudge': nothing,
  'ledger.feed': shape({ after: count }),
  'ledger.fetch': shape({ values: listOf(shardHash, LIMITS.ledgerFetchMax) }),
  'ledger.wish': shape({ drop: listOf(count, LIMITS.ledgerSeatsMax) }),
};

/** What they may answer. */
export const ledgerAnswers: { readonly [kind: string]: JsonObject } = {
  'ledger.ask': shape({ answers: listOf(anything, LIMITS.ledgerInputsMax) }),
  'ledger.tell': nothing,
  'ledger.nudge': nothing,
  'ledger.hello': shape({ isNew: flag }),
  'ledger.compare': shape({ committee: count, root: shardHash, feed: count, ledger: id }),
  'ledger.feed': shape({ values: listOf(shardHash, LIMITS.ledgerFeedMax) }),
  'ledger.fetch': shape({ decided: listOf(anything, LIMITS.ledgerFetchMax) }),
  'ledger.wish': shape({ said: anything }),
};
