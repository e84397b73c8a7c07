import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { Message } from '../../contract/wire.ts';
import {
  type Announcement,
  type BroadcastFacts,
  type BroadcastStep,
  numberOf,
  type Stream,
  streamOf,
} from './facts.ts';

const NEW: Stream = { next: 1, held: {} };
/** After news, neighbours compare what they have for so long. */
const COMPARE_FOR_MS = 15_000;
export const COMPARE_EVERY_MS = 2_000;

export function isKnown(facts: BroadcastFacts, message: Message): boolean {
  const stream = facts.streams[streamOf(message)] ?? NEW;
  return numberOf(message) < stream.next || stream.held[numberOf(message)] !== undefined;
}

/** True where something before it is missing. */
export function isAhead(facts: BroadcastFacts, message: Message): boolean {
  return numberOf(message) > (facts.streams[streamOf(message)] ?? NEW).next;
}

/** Takes a message in: delivered when its turn comes, once, in the order of its origin. */
export function take(facts: BroadcastFacts, message: Message, moment: Moment): BroadcastStep {
  if (isKnown(facts, message)) return { facts };
  const name = streamOf(message);
  const stream = facts.streams[name] ?? NEW;
  const held = { ...stream.held, [numberOf(message)]: message };
  // A gap that nobody could fill must not hold back what came since for ever.
  const overfull = Object.keys(held).length > LIMITS.broadcastHeldMax;
  const next = overfull ? Math.min(...Object.keys(held).map(Number)) : stream.next;
  return delivered({ ...facts, streams: bounded({ ...facts.streams, [name]: { next, held } }, name) }, name, moment);
}

function delivered(facts: BroadcastFacts, name: string, moment: Moment): BroadcastStep {
  const { next, held } = facts.streams[name] ?? NEW;
  const ready: Message[] = [];
  const rest = { ...held };
  let upTo = next;
  for (let message = rest[upTo]; message !== undefined; message = rest[upTo]) {
    ready.push(message);
    delete rest[upTo];
    upTo += 1;
  }
  if (ready.length === 0) return { facts };
  const retained = [...facts.retained, ...ready]
    .filter((message) => (message.author?.expiresAt ?? 0) > moment.now)
    .slice(-LIMITS.broadcastRetained);
  const effects: Effect[] = ready.map(received);
  if (facts.compareUntil <= moment.monotonic)
    effects.push({ effect: 'timer', name: 'broadcast.compare', afterMs: COMPARE_EVERY_MS });
  const streams = { ...facts.streams, [name]: { next: upTo, held: rest } };
  return { facts: { ...facts, streams, retained, compareUntil: moment.monotonic + COMPARE_FOR_MS }, effects };
}

function received(message: Message): Effect {
  const { topic, body } = message.body as unknown as Announcement;
  return {
    effect: 'emit',
    kind: 'broadcast.received',
    body: { tree: message.tree, topic, body, origin: message.author?.node ?? '' },
  };
}

/** Streams of processes that ended are forgotten, the longest known first. */
function bounded(streams: BroadcastFacts['streams'], keep: string): BroadcastFacts['streams'] {
  const names = Object.keys(streams);
  if (names.length <= LIMITS.broadcastStreamsMax) return streams;
  const oldest = names.find((name) => name !== keep) ?? keep;
  const { [oldest]: _forgotten, ...rest } = streams;
  return rest;
}

/** What a peer lacks, by what it says it has; bounded, so that it comes back for the rest. */
export function lackedBy(
  facts: BroadcastFacts,
  streams: readonly { stream: string; next: number }[],
  now: number,
): Message[] {
  const theirs = new Map(streams.map(({ stream, next }) => [stream, next]));
  const lacked: Message[] = [];
  let bytes = 0;
  for (const message of facts.retained) {
    if (numberOf(message) < (theirs.get(streamOf(message)) ?? 1) || (message.author?.expiresAt ?? 0) <= now) continue;
    bytes += JSON.stringify(message).length;
    if (lacked.length > 0 && bytes > LIMITS.messageBytesMax / 2) break;
    lacked.push(message);
  }
  return lacked;
}

export function digestOf(facts: BroadcastFacts): { stream: string; next: number }[] {
  return Object.entries(facts.streams).map(([stream, { next }]) => ({ stream, next }));
}
