import { isId, isShardHash } from '../contract/encoding.ts';
import type { Promotion } from '../contract/entries.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';

/** Signatures are as long as this at most. */
const WARRANT_MAX = 256;

const isVersion = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

const FIELDS: { readonly [K in keyof Promotion]: (value: unknown) => boolean } = {
  type: (value) => value === 'PROMOTE',
  generation: isVersion,
  after: isVersion,
  hash: (value) => typeof value === 'string' && isShardHash(value),
  by: (value) => typeof value === 'string' && isId(value),
  keeps: (value) =>
    Array.isArray(value) &&
    value.length <= LIMITS.nodesMax &&
    value.every((node) => typeof node === 'string' && isId(node)),
  warrant: (value) => typeof value === 'string' && value.length <= WARRANT_MAX,
};

/** What `POST /organism/promotion` takes: the draft of `GET`, with the operator's signature. */
export function promotionOf(body: unknown): { readonly promotion: Promotion; readonly despiteMajority: boolean } {
  const { promotion, despiteMajority = false } = (body ?? {}) as {
    readonly promotion?: Partial<Promotion>;
    readonly despiteMajority?: unknown;
  };
  if (typeof despiteMajority !== 'boolean') throw new Fault('malformed', 'despiteMajority is true or false');
  const wrong = Object.entries(FIELDS).find(([name, isRight]) => !isRight(promotion?.[name as keyof Promotion]));
  if (wrong !== undefined) throw new Fault('malformed', `the promotion has no ${wrong[0]} as it should be`);
  // What else there may be is not what was signed.
  const { type, generation, after, hash, by, keeps, warrant } = promotion as Promotion;
  return { promotion: { type, generation, after, hash, by, keeps, warrant }, despiteMajority };
}
