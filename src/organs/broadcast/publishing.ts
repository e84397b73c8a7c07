import { canonical } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import type { Store } from '../../contract/ports.ts';
import { rootPeerGroup } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Message } from '../../contract/wire.ts';
import type { EpochMs, NodeId, TreeId } from '../../contract/words.ts';
import type { Kept } from './archive.ts';
import { load } from './carrying.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  isUp,
  laneOf,
  ownMap,
  stay,
  type Talk,
  talkOf,
  withTalk,
} from './facts.ts';
import { hasRoom, type Loaded } from './lane.ts';
import { ORDERED_KIND, type PublishBody, TOLD_KIND, type Told } from './messages.ts';
import { numberIn } from './origin.ts';
import { submit } from './placing.ts';
import { findPublication, type Publication, progress, published } from './publication.ts';
import { acceptAny, keep, served, spread, unserved } from './spreading.ts';

/** Where the next numbers of a tree are kept: within one life of the process none may be used twice. */
const NUMBERS = 'broadcast/next/';

type Numbers = Pick<Talk, 'nextNumber' | 'nextOrdered'>;

function numbersOf({ nextNumber, nextOrdered }: Numbers): Numbers {
  return { nextNumber, nextOrdered };
}

/** The numbers to go on with after the organ was restarted; a new life of the process begins with 1. */
export function readNumbers(store: Pick<Store, 'range'>, incarnation: number): ReadonlyMap<TreeId, Numbers> {
  const numbers = new Map<TreeId, Numbers>();
  for (const [key, value] of store.range('facts', { prefix: NUMBERS })) {
    const kept = value as unknown as Numbers & { readonly incarnation: number };
    if (kept.incarnation === incarnation) numbers.set(key.slice(NUMBERS.length), numbersOf(kept));
  }
  return numbers;
}

/** What the `sign` effect is told to do. */
export interface SignParams extends Terms {
  readonly message: Message;
  readonly expiresAt: EpochMs;
}

/** What was agreed with the publisher. */
interface Terms {
  /** Under which it is answered. */
  readonly token: string;
  /** How long the cells are counted, milliseconds; 0 where they aren't. */
  readonly countMs: number;
  /** How long the publisher waits, milliseconds. */
  readonly deadlineMs: number;
}

/** Its own message, signed. */
export interface Signed extends Terms {
  readonly message: Told;
}

/** Something is to be told to all cells of a tree: it gets its number, and is signed once. */
export function publish(
  facts: BroadcastFacts,
  request: PublishBody,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const refusal = whyNot(facts, request, options);
  if (refusal !== undefined) return stay(facts, refusal);
  const { tree, topic, body, order = 'origin', confirm = true, late = true } = request;
  const deadlineMs = Math.min(request.deadlineMs ?? LIMITS.broadcastConfirmMs, LIMITS.broadcastConfirmMaxMs);
  const [kind, counter] =
    order === 'total' ? [ORDERED_KIND, 'nextOrdered' as const] : [TOLD_KIND, 'nextNumber' as const];
  const number = talkOf(facts, tree)[counter];
  const token = `publish/${facts.nextToken}`;
  const next = withTalk({ ...facts, nextToken: facts.nextToken + 1 }, tree, { [counter]: number + 1 });
  const params: SignParams = {
    message: { id: String(number), tree, kind, body: { topic, body, late } },
    expiresAt: moment.now + LIMITS.broadcastSignedMs,
    token,
    countMs: confirm ? deadlineMs : 0,
    deadlineMs,
  };
  const numbers = { incarnation: options.incarnation, ...numbersOf(talkOf(next, tree)) };
  return {
    facts: next,
    writes: [{ table: 'facts', key: `${NUMBERS}${tree}`, value: numbers }],
    effects: [
      { effect: 'defer', token },
      { effect: 'run', name: 'sign', params },
    ],
  };
}

type Refusal = Extract<Effect, { readonly effect: 'refuse' }>;

/** Why nothing can be told now; undefined where it can. */
function whyNot(
  facts: BroadcastFacts,
  { tree, topic, body, order }: PublishBody,
  options: BroadcastOptions,
): Refusal | undefined {
  const refuse = (code: string, detail?: string): Refusal =>
    detail === undefined ? { effect: 'refuse', code } : { effect: 'refuse', code, detail };
  if (ownMap(facts, tree, options.self) === undefined) return refuse('starting');
  if (topic.length > LIMITS.messageKindMax)
    return refuse('malformed', `a topic has ${LIMITS.messageKindMax} characters`);
  const bytes = Buffer.byteLength(canonical(body));
  if (bytes > LIMITS.broadcastBytesMax) return refuse('too-large', `${bytes} of ${LIMITS.broadcastBytesMax} bytes`);
  const { outgoing } = talkOf(facts, tree);
  const isFull = Object.keys(facts.publications).length >= LIMITS.broadcastGathersMax;
  const first = firstOf(facts, tree, []);
  const isHeldUp = first !== undefined && !hasRoom(laneOf(facts, first));
  if (isFull || isHeldUp || outgoing.waiting.length >= LIMITS.broadcastLaneMax) return refuse('busy');
  const decides = facts.leader !== null && facts.sovereign;
  return order === 'total' && !decides ? refuse('no-authority') : undefined;
}

/** It is delivered here, and on its way: to the root, else to the next of the root's peer group that can be reached. */
export function takeSigned(
  facts: BroadcastFacts,
  { message, token, countMs, deadlineMs }: Signed,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const kept = keep(message, moment, null);
  const { tree, kind } = message;
  const isOrdered = kind === ORDERED_KIND;
  const hash = isOrdered ? options.hash(message) : null;
  const dueAt = moment.monotonic + deadlineMs;
  const number = numberIn(message);
  const confirmed = countMs === 0 ? 1 : null;
  const publication: Publication = { tree, kind, number, hash, place: null, via: null, confirmed, dueAt };
  const isAwaited = isOrdered || countMs > 0;
  const known = isAwaited ? { ...facts, publications: { ...facts.publications, [token]: publication } } : facts;
  return chain(
    acceptAny(known, kept, options, moment),
    (now) => stay(hash === null ? now : submit(now, { hash, kept, token, until: dueAt })),
    (now) => route(now, kept, [], options, moment),
    // Nobody waits for more than that: the message has its number and is signed.
    (now) =>
      isAwaited
        ? stay(now)
        : stay(now, { effect: 'answer', token, outcome: { ok: true, body: published(now, tree, number, 1) } }),
  );
}

/** The lowest slot of the root's peer group that is held alive and did not refuse. */
function firstOf(facts: BroadcastFacts, tree: TreeId, tried: readonly NodeId[]): NodeId | undefined {
  const map = facts.view?.trees[tree];
  const group = map === undefined ? [] : rootPeerGroup(map);
  return group.find((node) => isUp(facts, node) && !tried.includes(node));
}

/** To the top of the tree: this node itself where it is that, or where nobody else is left. */
export function route(
  facts: BroadcastFacts,
  kept: Omit<Kept, 'towards'>,
  tried: readonly NodeId[],
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { message, bytes, bornAt } = kept;
  const { tree, kind } = message;
  const isThis = (one: Publication): boolean =>
    one.tree === tree && one.kind === kind && one.number === numberIn(message) && one.confirmed === null;
  const token = findPublication(facts, isThis);
  const leftMs = token === undefined ? 0 : Math.max((facts.publications[token]?.dueAt ?? 0) - moment.monotonic, 0);
  const first = firstOf(facts, tree, tried);
  if (first === undefined || first === options.self) {
    const counting = leftMs > 0 ? { towards: null, countMs: leftMs } : null;
    const whole: Kept = { message, bytes, bornAt, towards: null };
    return spread(served(facts, message), whole, 'all', counting, options, moment);
  }
  const countMs = Math.max(Math.floor(leftMs - LIMITS.broadcastMarginMs), 0);
  const parcel: Loaded = { message, bytes, bornAt, wave: 'all', countMs, tried: [...tried, first], again: false };
  const next = unserved(load(facts, [[first, parcel]]), message);
  return token === undefined ? stay(next) : progress(next, token, { via: first });
}
