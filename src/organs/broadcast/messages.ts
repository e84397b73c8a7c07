import { LIMITS } from '../../contract/limits.ts';
import { anything, count, flag, id, listOf, oneOf, shape, text } from '../../contract/schema.ts';
import type { Authorship, Message } from '../../contract/wire.ts';
import type { Json, JsonObject, NodeId, TreeId } from '../../contract/words.ts';

/** The kind that an author signs. It only travels inside of the kinds below, with its author's signature. */
export const AUTHORED_KIND = 'broadcast.message';

/** What is told to all cells of a tree. Its id is its number: 1, 2, 3, ... for each tree, life and author. */
export interface Told extends Message {
  readonly tree: TreeId;
  readonly body: { readonly topic: string; readonly body: Json };
  readonly author: Authorship;
}

export interface PublishBody {
  readonly tree: TreeId;
  readonly topic: string;
  readonly body: Json;
  /** Whether the answer waits for the number of cells that have it. @default true */
  readonly confirm?: boolean;
}

export interface ForwardBody {
  readonly message: Told;
  /** Whether the receiver stands in for the root: it serves the whole tree, not only what is below it. */
  readonly top: boolean;
  /** How long the sender waits for the number of cells reached, in milliseconds; 0 where it doesn't. */
  readonly confirmMs: number;
}

/** How far an origin is, at whoever says so. */
export interface Mark extends JsonObject {
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly number: number;
}

export interface DigestBody {
  readonly tree: TreeId;
  readonly marks: readonly Mark[];
  /** Whether all marks are wanted, not only those of what was told lately. */
  readonly all: boolean;
}

export interface FetchBody {
  readonly tree: TreeId;
  readonly origin: NodeId;
  readonly incarnation: number;
  /** Numbers above `after`, up to and with `through`. */
  readonly after: number;
  readonly through: number;
}

const author = shape({ node: id, incarnation: count, signature: text(128), expiresAt: count });
const told = shape({
  id: { type: 'string', pattern: '^[1-9][0-9]{0,14}$' },
  tree: id,
  kind: oneOf(AUTHORED_KIND),
  body: shape({ topic: text(LIMITS.messageKindMax), body: anything }),
  author,
});
const marks = listOf(shape({ origin: id, incarnation: count, number: count }), LIMITS.broadcastOriginsMax);

export const broadcastMessages: { readonly [kind: string]: JsonObject } = {
  'broadcast.forward': shape({
    message: told,
    top: flag,
    confirmMs: { type: 'integer', minimum: 0, maximum: LIMITS.broadcastConfirmMs },
  }),
  'broadcast.digest': shape({ tree: id, marks, all: flag }),
  'broadcast.fetch': shape({ tree: id, origin: id, incarnation: count, after: count, through: count }),
};

export const broadcastAnswers: { readonly [kind: string]: JsonObject } = {
  'broadcast.forward': shape({ count }),
  'broadcast.digest': shape({ marks }),
  'broadcast.fetch': shape({ messages: listOf(told, LIMITS.broadcastFetchMax) }),
};
