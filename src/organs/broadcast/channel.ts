import { LIMITS } from '../../contract/limits.ts';
import { inOrder } from '../../contract/ordering.ts';
import type { Ordering } from '../../contract/words.ts';
import type { Kept } from './archive.ts';
import { type Book, EMPTY_BOOK, enter, lookUp, valuesOf } from './book.ts';
import type { OriginMark, Recalled, Told } from './messages.ts';
import { numberIn, originName } from './origin.ts';

/** A place in the order, and what stands there. */
export interface Listed {
  readonly hash: string;
  /** Null while it is not here, and where it was given up. */
  readonly kept: Kept | null;
}

/**
 * The end of one tree's order: the messages that the log has given their places, as far back as they are retained. They are
 * delivered one after the other. A message that follows a later one of its author, or itself, is void: it came by a
 * detour, and everybody finds it so.
 */
export interface Channel {
  /** Before the first that is listed. */
  readonly base: Ordering;
  /** How far each origin was there. */
  readonly baseMarks: Book<OriginMark>;
  readonly listed: readonly Listed[];
  /** Of what is listed: its place, by hash. */
  readonly places: ReadonlyMap<string, number>;
  readonly bytes: number;
  /** After the last that is listed. */
  readonly end: Ordering;
  /** The places up to this one are delivered, void, or given up. */
  readonly delivered: number;
  /** How far each origin is there. */
  readonly marks: Book<OriginMark>;
}

/** An order of which nothing is known but how far it is. */
export function channelAt(end: Ordering, marks: Book<OriginMark> = EMPTY_BOOK): Channel {
  return {
    base: end,
    baseMarks: marks,
    listed: [],
    places: new Map(),
    bytes: 0,
    end,
    delivered: end.count,
    marks,
  };
}

/** Gives places. `bodyOf` has the messages that came before they had one. */
export function list(
  channel: Channel,
  hashes: readonly string[],
  bodyOf: (hash: string) => Kept | undefined,
  now: number,
): Channel {
  const places = new Map(channel.places);
  const listed = [...channel.listed];
  let { bytes } = channel;
  for (const [index, hash] of hashes.entries()) {
    const isFirst = !places.has(hash);
    const kept = isFirst ? (bodyOf(hash) ?? null) : null;
    if (isFirst) places.set(hash, channel.end.count + index + 1);
    listed.push({ hash, kept });
    bytes += kept?.bytes ?? 0;
  }
  return thinned({ ...channel, listed, places, bytes, end: inOrder(channel.end, hashes) }, now);
}

/** Drops from the beginning what is too much or, once delivered, too old. What nobody could deliver in time is given up. */
function thinned(channel: Channel, now: number): Channel {
  const count = surplusOf(channel, now);
  if (count === 0) return channel;
  const { base, delivered } = channel;
  const gone = channel.listed.slice(0, count);
  const places = new Map(channel.places);
  for (const [index, { hash }] of gone.entries()) {
    if (places.get(hash) === base.count + index + 1) places.delete(hash);
  }
  const hashes = gone.map(({ hash }) => hash);
  const messages = gone.flatMap(({ kept }) => kept?.message ?? []);
  return {
    ...channel,
    base: inOrder(base, hashes),
    baseMarks: messages.reduce(marked, channel.baseMarks),
    listed: channel.listed.slice(count),
    places,
    bytes: gone.reduce((bytes, { kept }) => bytes - (kept?.bytes ?? 0), channel.bytes),
    delivered: Math.max(delivered, base.count + count),
  };
}

function surplusOf({ listed, base, delivered, ...channel }: Channel, now: number): number {
  let { bytes } = channel;
  let count = Math.max(listed.length - LIMITS.broadcastRetained, 0);
  for (const { kept } of listed.slice(0, count)) bytes -= kept?.bytes ?? 0;
  for (; base.count + count < delivered; count++) {
    const kept = listed[count]?.kept ?? null;
    const isRecent = kept === null || kept.bornAt > now - LIMITS.broadcastExpiryMs;
    if (isRecent && bytes <= LIMITS.broadcastRetainedBytes) break;
    bytes -= kept?.bytes ?? 0;
  }
  return count;
}

/** The message itself, for its place. */
export function fill(channel: Channel, hash: string, kept: Kept): Channel {
  const place = channel.places.get(hash);
  const index = (place ?? 0) - channel.base.count - 1;
  if (place === undefined || channel.listed[index]?.kept !== null) return channel;
  return { ...channel, listed: channel.listed.with(index, { hash, kept }), bytes: channel.bytes + kept.bytes };
}

/** Whether a message is neither here nor was delivered, given up or void. */
export function lacks(channel: Channel, hash: string, message: Told): boolean {
  const place = channel.places.get(hash);
  if (place === undefined) return numberIn(message) > reached(channel.marks, message);
  return place > channel.delivered && channel.listed[place - channel.base.count - 1]?.kept === null;
}

/** A message whose turn has come. */
export interface Turned {
  readonly kept: Kept;
  readonly place: number;
}

/** Takes out what may be delivered now: the messages that follow on what was delivered before. */
export function turn(channel: Channel): { readonly channel: Channel; readonly ready: readonly Turned[] } {
  const ready: Turned[] = [];
  let { delivered, marks } = channel;
  for (; delivered < channel.end.count; delivered++) {
    const { hash, kept } = channel.listed[delivered - channel.base.count] as Listed;
    const place = delivered + 1;
    const isAgain = channel.places.get(hash) !== place;
    if (kept === null && !isAgain) break;
    if (kept === null || numberIn(kept.message) <= reached(marks, kept.message)) continue;
    marks = marked(marks, kept.message);
    ready.push({ kept, place });
  }
  return delivered === channel.delivered ? { channel, ready } : { channel: { ...channel, delivered, marks }, ready };
}

/** What is next can't be had. */
export function skip(channel: Channel): Channel {
  return { ...channel, delivered: Math.min(channel.delivered + 1, channel.end.count) };
}

/** The hashes of what has its place and is not here, in their order, from the next one on. */
export function missingIn({ listed, base, delivered }: Channel, max: number): string[] {
  const missing: string[] = [];
  for (let index = delivered - base.count; index < listed.length && missing.length < max; index++) {
    const { hash, kept } = listed[index] as Listed;
    if (kept === null) missing.push(hash);
  }
  return missing;
}

/** What a neighbour is told of this order. */
export function recalledOf({ base, baseMarks, listed }: Channel): Recalled {
  const marks = [...valuesOf(baseMarks)].slice(-LIMITS.broadcastMarksMax);
  return { count: base.count, chain: base.chain, marks, hashes: listed.map(({ hash }) => hash) };
}

/**
 * The order as a neighbour recalls it, up to where the log is here. Undefined where it doesn't lead there.
 *
 * @param before what is known here already: its messages stay, and what was delivered is not delivered again
 */
export function adopted(recalled: Recalled, goal: Ordering, before: Channel | null): Channel | undefined {
  const { count, chain, marks, hashes } = recalled;
  const upTo = hashes.slice(0, Math.max(goal.count - count, 0));
  const end = inOrder({ count, chain }, upTo);
  if (end.count !== goal.count || end.chain !== goal.chain) return undefined;
  const baseMarks = marks.reduce<Book<OriginMark>>(
    (book, mark) => enter(book, originName(mark.origin, mark.incarnation), mark),
    EMPTY_BOOK,
  );
  const start = channelAt({ count, chain }, baseMarks);
  const bodyOf = (hash: string): Kept | undefined => {
    const place = before?.places.get(hash);
    return place === undefined ? undefined : (before?.listed[place - before.base.count - 1]?.kept ?? undefined);
  };
  const known = list(start, upTo, bodyOf, Number.NEGATIVE_INFINITY);
  const delivered = Math.max(before?.delivered ?? 0, count);
  return { ...known, delivered, marks: before?.marks ?? baseMarks };
}

function reached(marks: Book<OriginMark>, { author }: Told): number {
  return lookUp(marks, originName(author.node, author.incarnation))?.number ?? 0;
}

function marked(marks: Book<OriginMark>, message: Told): Book<OriginMark> {
  const { node, incarnation } = message.author;
  if (numberIn(message) <= reached(marks, message)) return marks;
  return enter(marks, originName(node, incarnation), { origin: node, incarnation, number: numberIn(message) });
}
