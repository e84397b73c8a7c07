import { LIMITS } from '../../contract/limits.ts';
import {
  anything,
  count,
  either,
  flag,
  id,
  listOf,
  nothing,
  oneOf,
  shape,
  shardHash,
  text,
} from '../../contract/schema.ts';
import type { Authorship, Message } from '../../contract/wire.ts';
import type { Json, JsonObject, NodeId, TreeId } from '../../contract/words.ts';
import type { Wave } from './wave.ts';

/**
 * The kinds that an author signs; they only travel inside of the kinds below. `told` messages are delivered in the order
 * of their author; `ordered` ones in the places that the organism's log gives them. Each kind has numbers of its own.
 */
export const TOLD_KIND = 'broadcast.told';
export const ORDERED_KIND = 'broadcast.ordered';

/** What is told to all cells of a tree. Its id is its number: 1, 2, 3, ... for each tree, kind, life and author. */
export interface Told extends Message {
  readonly tree: TreeId;
  readonly kind: typeof TOLD_KIND | typeof ORDERED_KIND;
  readonly body: {
    readonly topic: string;
    readonly body: Json;
    /** Whether it is for cells that come later, too. */
    readonly late: boolean;
  };
  readonly author: Authorship;
}

export interface PublishBody {
  readonly tree: TreeId;
  readonly topic: string;
  readonly body: Json;
  /** In the order of its author, or in one order of all that is told so. @default 'origin' */
  readonly order?: 'origin' | 'total';
  /** Whether the answer waits for the number of cells that have it. @default true */
  readonly confirm?: boolean;
  /** Whether cells that come later get it, while it is retained. @default true */
  readonly late?: boolean;
  /** How long the answer waits, in milliseconds. @default LIMITS.broadcastConfirmMs */
  readonly deadlineMs?: number;
}

/** The answer to a publication. */
export interface PublishedBody {
  /** Of its author's messages, or its place in the order of all. */
  readonly number: number;
  /** The cells that are known to have it. */
  readonly confirmed: number;
  /** The cells of the tree. */
  readonly cells: number;
}

/** A message on its way down. */
export interface Parcel {
  readonly message: Told;
  readonly wave: Wave;
  /** How long the sender waits for the number of cells reached, in milliseconds; 0 where it doesn't. */
  readonly countMs: number;
  /** How long ago it was told, in milliseconds: each who hands it on adds how long it had it, so no clock is needed. */
  readonly ageMs: number;
}

/** A count on its way up: so many cells have a message. */
export interface Tally {
  readonly tree: TreeId;
  readonly kind: Told['kind'];
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly number: number;
  readonly count: number;
}

export interface ForwardBody {
  readonly parcels: readonly Parcel[];
  readonly tallies: readonly Tally[];
}

/** What became of a parcel: so many cells have it by it, or their number follows, or it was not taken. */
export type Landing = number | 'later' | 'refused';

/** How far an origin is at whoever says so. */
export interface OriginMark {
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly number: number;
}

/** The same of somebody who has what came after `after`. */
export interface Mark extends OriginMark {
  readonly after: number;
}

export interface DigestBody {
  readonly tree: TreeId;
  readonly marks: readonly Mark[];
  /** Whether the answer is to tell of all that is retained, not only of what was told lately. */
  readonly all: boolean;
}

/** Numbers above `after`, up to and with `through`. */
export interface FetchBody {
  readonly tree: TreeId;
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly after: number;
  readonly through: number;
}

/** A message that its receiver missed. */
export interface Handed {
  readonly message: Told;
  readonly ageMs: number;
}

export interface FetchedBody {
  readonly messages: readonly Handed[];
  /** What is not above it is not to be had here, though it was told. */
  readonly after: number;
}

/** The end of a tree's order, as a neighbour has it. */
export interface Recalled {
  /** How many messages have their places before the first of `hashes`, and the chain over those. */
  readonly count: number;
  readonly chain: string;
  /** How far each origin was there. */
  readonly marks: readonly OriginMark[];
  readonly hashes: readonly string[];
}

/** What a newcomer is told. */
export interface RecallBody {
  readonly marks: readonly Mark[];
  /** Null where the neighbour doesn't know itself. */
  readonly ordered: Recalled | null;
}

const author = shape({ node: id, incarnation: count, signature: text(128), expiresAt: count });
const body = shape({ topic: text(LIMITS.messageKindMax), body: anything, late: flag });
const told = shape({
  id: { type: 'string', pattern: '^[1-9][0-9]{0,14}$' },
  tree: id,
  kind: oneOf(TOLD_KIND, ORDERED_KIND),
  body,
  author,
});
const countMs: JsonObject = { type: 'integer', minimum: 0, maximum: LIMITS.broadcastConfirmMaxMs };
const parcel = shape({ message: told, wave: oneOf('all', 'below', 'self'), countMs, ageMs: count });
const kind = oneOf(TOLD_KIND, ORDERED_KIND);
const tally = shape({ tree: id, kind, origin: id, incarnation: count, number: count, count });
const marks = listOf(shape({ origin: id, incarnation: count, after: count, number: count }), LIMITS.broadcastMarksMax);
const handed = listOf(shape({ message: told, ageMs: count }), LIMITS.broadcastFetchMax);

export const broadcastMessages: { readonly [kind: string]: JsonObject } = {
  'broadcast.forward': shape({
    parcels: listOf(parcel, LIMITS.broadcastFrameMax),
    tallies: listOf(tally, LIMITS.broadcastFrameMax),
  }),
  'broadcast.digest': shape({ tree: id, marks, all: flag }),
  'broadcast.fetch': shape({ tree: id, origin: id, incarnation: count, after: count, through: count }),
  'broadcast.seek': shape({ tree: id, hashes: listOf(shardHash, LIMITS.broadcastFetchMax) }),
  'broadcast.recall': shape({ tree: id }),
  'broadcast.order': shape({ tree: id, messages: listOf(told, LIMITS.broadcastFrameMax) }),
};

const recalled = shape({
  count,
  chain: shardHash,
  marks: listOf(shape({ origin: id, incarnation: count, number: count }), LIMITS.broadcastMarksMax),
  hashes: listOf(shardHash, LIMITS.broadcastRetained),
});

export const broadcastAnswers: { readonly [kind: string]: JsonObject } = {
  'broadcast.forward': shape({ landings: listOf(either(count, oneOf('later', 'refused')), LIMITS.broadcastFrameMax) }),
  'broadcast.digest': shape({ marks }),
  'broadcast.fetch': shape({ messages: handed, after: count }),
  'broadcast.seek': shape({ messages: handed }),
  'broadcast.recall': shape({ marks, ordered: either(nothing, recalled) }),
  'broadcast.order': nothing,
};
