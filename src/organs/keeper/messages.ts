import { LIMITS } from '../../contract/limits.ts';
import { anything, either, nothing, shape, text } from '../../contract/schema.ts';
import type { JsonObject } from '../../contract/words.ts';
import type { Request } from './craft.ts';

export type AskBody = Request;

export interface DeliverBody {
  /** The register of the post. */
  readonly address: string;
}

const NAME_MAX = 64;

/** What the cells of a tree ask each other. Bodies are read once more by the organ that they are for. */
export const keeperMessages: { readonly [kind: string]: JsonObject } = {
  'keeper.ask': shape({
    organ: text(NAME_MAX),
    verb: text(NAME_MAX),
    body: anything,
    caller: text(NAME_MAX),
    once: either(text(LIMITS.idempotencyKeyMax), nothing),
    key: either(text(LIMITS.entityKeyMax), nothing),
  }),
  'keeper.deliver': shape({ address: text(LIMITS.registerKeyMax) }),
};

export const keeperAnswers: { readonly [kind: string]: JsonObject } = {
  'keeper.ask': anything,
  'keeper.deliver': nothing,
};
