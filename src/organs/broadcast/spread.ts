import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { slotOf, watchedBy } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Message } from '../../contract/wire.ts';
import type { Json, NodeId, TreeId } from '../../contract/words.ts';
import {
  type Announcement,
  type BroadcastFacts,
  type BroadcastStep,
  depthOf,
  nameOf,
  numberOf,
  streamOf,
  summit,
  targetsBelow,
} from './facts.ts';
import { COMPARE_EVERY_MS, digestOf, isAhead, isKnown, lackedBy, take } from './streams.ts';

export interface BroadcastOptions {
  readonly self: NodeId;
  /** Grows by one at every start of the process: a new life numbers anew. */
  readonly incarnation: number;
  /** Signs as this node's own. Keys are a port, so it is handed in. */
  sign(message: Message, expiresAt: number): Message;
  /** Whether the message is its author's own, unexpired, and the author a member. */
  verify(message: Message, now: number, spkiOf: (node: NodeId) => string | undefined): boolean;
}

export interface PublishBody extends Announcement {
  readonly tree: TreeId;
}

/** Each level down has less time, so that a count comes back up before the level above gives up. */
const DEADLINE_MS = 4_000;
const LESS_PER_LEVEL_MS = 500;
const DEADLINE_MIN_MS = 500;

const stay = (facts: BroadcastFacts, ...effects: Effect[]): BroadcastStep => ({ facts, effects });
const isDown = (facts: BroadcastFacts) => (node: NodeId) => facts.down[node] === true;

/** A new message of this node: signed next, then sent up to where every broadcast starts. */
export function publish(facts: BroadcastFacts, { tree, topic, body }: PublishBody): BroadcastStep {
  if (facts.view?.trees[tree] === undefined) return stay(facts, { effect: 'refuse', code: 'starting' });
  const number = (facts.numbers[tree] ?? 0) + 1;
  const token = `published-${facts.nextToken}`;
  const message: Message = { id: String(number), tree, kind: 'broadcast.carry', body: { topic, body } };
  return stay(
    { ...facts, numbers: { ...facts.numbers, [tree]: number }, nextToken: facts.nextToken + 1 },
    { effect: 'defer', token },
    { effect: 'run', name: 'sign', params: { token, message } },
  );
}

export function takeSigned(
  facts: BroadcastFacts,
  token: string,
  message: Message,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const map = facts.view?.trees[message.tree ?? ''];
  if (map === undefined) return stay(facts, { effect: 'answer', token, outcome: { ok: false, code: 'starting' } });
  const top = summit(map, isDown(facts));
  if (top === undefined || top === options.self)
    return chain(take(facts, message, moment), (now) => descend(now, token, message, options));
  const ascending = { ...facts.ascending, [nameOf(message)]: true as const };
  return chain(take({ ...facts, ascending }, message, moment), (now) =>
    stay(
      { ...now, spreading: { ...now.spreading, [token]: { message, confirmed: 0, out: 1 } } },
      carry(top, message, token, DEADLINE_MS),
    ),
  );
}

/** A message comes down (or up to the lowest live slot): taken in, handed on, and counted. */
export function takeCarried(
  facts: BroadcastFacts,
  from: NodeId,
  message: Message,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const spkiOf = (node: NodeId): string | undefined => facts.view?.members[node]?.spki;
  if (!options.verify(message, moment.now, spkiOf)) return stay(facts, { effect: 'refuse', code: 'forged' });
  const own = facts.ascending[nameOf(message)] === true;
  if (isKnown(facts, message) && !own) return stay(facts, { effect: 'reply', body: { confirmed: 0 } });
  const { [nameOf(message)]: _arrived, ...ascending } = facts.ascending;
  const token = `carried-${facts.nextToken}`;
  const missed = isAhead(facts, message);
  return chain(
    take({ ...facts, ascending, nextToken: facts.nextToken + 1 }, message, moment),
    (now) => stay(now, { effect: 'defer', token }),
    (now) => descend(now, token, message, options),
    (now) => (missed ? compareWith(now, from) : stay(now)),
  );
}

/** Hands a message on to the nearest live cells below, and answers at once where there are none. */
function descend(facts: BroadcastFacts, token: string, message: Message, options: BroadcastOptions): BroadcastStep {
  const map = facts.view?.trees[message.tree ?? ''];
  const slot = map === undefined ? 0 : slotOf(map, options.self);
  const targets = map === undefined || slot === 0 ? [] : targetsBelow(map, slot, isDown(facts));
  const spreading = { ...facts.spreading, [token]: { message, confirmed: 1, out: targets.length } };
  return chain(
    stay({ ...facts, spreading }, ...targets.map((to) => carry(to, message, token, deadlineAt(facts, message, to)))),
    (now) => finish(now, token),
  );
}

function deadlineAt(facts: BroadcastFacts, message: Message, node: NodeId): number {
  const map = facts.view?.trees[message.tree ?? ''];
  const depth = map === undefined ? 0 : depthOf(map, node);
  return Math.max(DEADLINE_MIN_MS, DEADLINE_MS - depth * LESS_PER_LEVEL_MS);
}

function carry(to: NodeId, message: Message, token: string, deadlineMs: number): Effect {
  const body = { message } as unknown as Json;
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.carry',
    body,
    deadlineMs,
    onAnswer: 'broadcast.counted',
    tag: token,
  };
}

/** A count came up. Who did not answer is stood in for by those below. */
export function takeCount(facts: BroadcastFacts, answer: Answer): BroadcastStep {
  const token = String(answer.tag);
  const spreading = facts.spreading[token];
  if (spreading === undefined) return stay(facts);
  const { message } = spreading;
  if (answer.outcome.ok) {
    const { confirmed } = answer.outcome.body as { confirmed: number };
    const next = { ...spreading, confirmed: spreading.confirmed + confirmed, out: spreading.out - 1 };
    return finish({ ...facts, spreading: { ...facts.spreading, [token]: next } }, token);
  }
  const map = facts.view?.trees[message.tree ?? ''];
  const slot = map === undefined ? 0 : slotOf(map, answer.to);
  const below = map === undefined || slot === 0 ? [] : targetsBelow(map, slot, isDown(facts));
  const next = { ...spreading, out: spreading.out - 1 + below.length };
  const effects = below.map((to) => carry(to, message, token, deadlineAt(facts, message, to)));
  return chain(stay({ ...facts, spreading: { ...facts.spreading, [token]: next } }, ...effects), (now) =>
    finish(now, token),
  );
}

function finish(facts: BroadcastFacts, token: string): BroadcastStep {
  const done = facts.spreading[token];
  if (done === undefined || done.out > 0) return stay(facts);
  const { [token]: _done, ...spreading } = facts.spreading;
  return stay(
    { ...facts, spreading },
    { effect: 'answer', token, outcome: { ok: true, body: { confirmed: done.confirmed } } },
  );
}

/** After news, one neighbour at a time is asked what is missing here; after a while of silence nobody is. */
export function compare(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  if (facts.view === null || moment.monotonic >= facts.compareUntil) return stay(facts);
  const neighbours = Object.values(facts.view.trees)
    .flatMap((map) => (slotOf(map, options.self) === 0 ? [] : watchedBy(map, slotOf(map, options.self))))
    .filter((node) => facts.down[node] === undefined);
  const neighbour = neighbours[Math.floor(moment.random() * neighbours.length)];
  const again: Effect = { effect: 'timer', name: 'broadcast.compare', afterMs: COMPARE_EVERY_MS };
  return chain(neighbour === undefined ? stay(facts) : compareWith(facts, neighbour), (now) => stay(now, again));
}

function compareWith(facts: BroadcastFacts, to: NodeId): BroadcastStep {
  const body = { streams: digestOf(facts) };
  return stay(facts, {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.digest',
    body,
    deadlineMs: LIMITS.askDeadlineMs,
    onAnswer: 'broadcast.compared',
  });
}

export function takeDigest(
  facts: BroadcastFacts,
  streams: readonly { stream: string; next: number }[],
  moment: Moment,
): BroadcastStep {
  return stay(facts, { effect: 'reply', body: { messages: lackedBy(facts, streams, moment.now) } as unknown as Json });
}

/** What a neighbour had and this node had not. What nobody has any more is given up: the next number stands first. */
export function takeCompared(
  facts: BroadcastFacts,
  answer: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  if (!answer.outcome.ok) return stay(facts);
  const { messages } = answer.outcome.body as unknown as { messages: readonly Message[] };
  const spkiOf = (node: NodeId): string | undefined => facts.view?.members[node]?.spki;
  const sound = messages.filter((message) => options.verify(message, moment.now, spkiOf));
  const inOrder = [...sound].sort((a, b) => numberOf(a) - numberOf(b));
  return chain(
    stay(inOrder.reduce(skipLost, facts)),
    ...inOrder.map((message) => (now: BroadcastFacts) => take(now, message, moment)),
  );
}

/** A stream first heard of through a digest starts where the neighbour's memory of it does. */
function skipLost(facts: BroadcastFacts, message: Message): BroadcastFacts {
  const name = streamOf(message);
  if (facts.streams[name] !== undefined) return facts;
  return { ...facts, streams: { ...facts.streams, [name]: { next: numberOf(message), held: {} } } };
}
