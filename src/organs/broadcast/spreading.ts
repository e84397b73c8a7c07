import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { childSlots, nearestLive, occupantOf, slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, TreeMap } from '../../contract/words.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  type Gather,
  originOf,
  retainedOf,
  spkiOf,
  stay,
} from './facts.ts';
import type { ForwardBody, Told } from './messages.ts';
import { isNew, numberIn } from './origin.ts';
import { accept } from './receiving.ts';

/** Who counts: a token to answer under, and the number of the message where it was published here. */
interface Counting {
  readonly token: string;
  readonly number: number | null;
  readonly confirmMs: number;
}

/** A message from above. What is new is delivered and passed on; the answer tells how many cells it reached. */
export function takeForward(
  facts: BroadcastFacts,
  { message, top, confirmMs }: ForwardBody,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const refusal = refusalOf(facts, message, options, moment);
  if (refusal !== undefined) return stay(facts, { effect: 'refuse', code: refusal });
  const { author, tree } = message;
  const origin = originOf(facts, tree, author.node, author.incarnation, moment.monotonic);
  if (!isNew(origin, numberIn(message))) return stay(facts, { effect: 'reply', body: { count: 0 } });
  const counted = confirmMs > 0 && Object.keys(facts.gathers).length < LIMITS.broadcastGathersMax;
  if (!counted) {
    return chain(spread(facts, message, top, null, options, moment), (now) =>
      stay(now, { effect: 'reply', body: { count: 1 } }),
    );
  }
  const token = `forward/${facts.nextToken}`;
  const next = { ...facts, nextToken: facts.nextToken + 1 };
  return chain(stay(next, { effect: 'defer', token }), (now) =>
    spread(now, message, top, { token, number: null, confirmMs }, options, moment),
  );
}

/** Why a message is neither delivered nor passed on; undefined for one that is sound. */
export function refusalOf(
  facts: BroadcastFacts,
  message: Told,
  options: BroadcastOptions,
  moment: Moment,
): string | undefined {
  const map = facts.view?.trees[message.tree];
  if (map === undefined || slotOf(map, options.self) === 0) return 'no-actor';
  if (message.author.expiresAt <= moment.now) return 'deadline';
  return options.verify(message, moment.now, (node) => spkiOf(facts, node)) ? undefined : 'refused';
}

/** Delivers a sound, new message here and passes it on to the nearest live cells below. */
export function spread(
  facts: BroadcastFacts,
  message: Told,
  top: boolean,
  counting: Counting | null,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const accepted = accept(facts, message, moment);
  const map = facts.view?.trees[message.tree];
  const targets = map === undefined ? [] : below(accepted.facts, map, top, options.self);
  if (counting === null) return chain(accepted, (now) => stay(now, ...targets.map((to) => forward(to, message, null))));
  const gather: Gather = {
    number: counting.number,
    count: 1,
    open: Object.fromEntries(targets.map((to) => [to, { passedOver: false }])),
    message,
    hopAt: moment.monotonic + LIMITS.broadcastHopMs,
    dueAt: moment.monotonic + counting.confirmMs,
  };
  return chain(
    accepted,
    (now) => stay({ ...now, gathers: { ...now.gathers, [counting.token]: gather } }),
    (now) => stay(now, ...targets.map((to) => forward(to, message, { token: counting.token, ms: counting.confirmMs }))),
    (now) => endGather(now, counting.token, false),
  );
}

/** Whom a cell passes on to. In place of the root it serves the whole tree: the live cells nearest to the root, and its own below. */
function below(facts: BroadcastFacts, map: TreeMap, top: boolean, self: NodeId): NodeId[] {
  const slot = slotOf(map, self);
  const own = slot === 0 ? [] : childSlots(slot, map.fanout, map.slots.length);
  // Starting above the root: a root that is only out of the origin's reach still does its part.
  const starts = top && slot !== 1 ? [1, ...own] : own;
  return nearest(facts, map, starts).filter((node) => node !== self);
}

function nearest(facts: BroadcastFacts, map: TreeMap, starts: readonly number[]): NodeId[] {
  const slots = nearestLive(map, starts, (node) => facts.down[node] === undefined, LIMITS.waveSlotsMax);
  return [...new Set(slots.flatMap((slot) => occupantOf(map, slot)?.node ?? []))];
}

/** Each level keeps a little of the time for its own answer; where none is left, the cells below are not counted. */
function forward(to: NodeId, message: Told, counting: { readonly token: string; readonly ms: number } | null): Effect {
  const left = Math.max(Math.floor((counting?.ms ?? 0) - LIMITS.broadcastMarginMs), 0);
  const body: ForwardBody = { message, top: false, confirmMs: left };
  const { author, tree, id } = message;
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.forward',
    body: body as unknown as Json,
    deadlineMs: Math.max(left, LIMITS.broadcastHopMs),
    onAnswer: 'broadcast.forwarded',
    tag: { tree, origin: author.node, incarnation: author.incarnation, id, token: counting?.token ?? null, ms: left },
  };
}

interface ForwardTag {
  readonly tree: string;
  readonly origin: NodeId;
  readonly incarnation: number;
  readonly id: string;
  readonly token: string | null;
  readonly ms: number;
}

/** A cell below has it, with so many others; or it is silent, and its children are served in its place. */
export function takeForwarded(facts: BroadcastFacts, { to, tag, outcome }: Answer, moment: Moment): BroadcastStep {
  const { tree, origin, incarnation, id, token } = tag as unknown as ForwardTag;
  const gather = token === null ? undefined : facts.gathers[token];
  const count = outcome.ok ? (outcome.body as { readonly count: number }).count : 0;
  const message = outcome.ok ? undefined : retainedOf(facts, tree, origin, incarnation, id);
  const passedOver = gather?.open[to]?.passedOver ?? false;
  const skipped =
    message === undefined || passedOver ? stay(facts) : passOver(facts, to, message, gather && token, moment);
  if (token === null || gather === undefined) return skipped;
  return chain(
    skipped,
    (now) => stay(settleOne(now, token, to, count)),
    (now) => endGather(now, token, false),
  );
}

function settleOne(facts: BroadcastFacts, token: string, node: NodeId, count: number): BroadcastFacts {
  const gather = facts.gathers[token];
  if (gather === undefined) return facts;
  const { [node]: _, ...open } = gather.open;
  return { ...facts, gathers: { ...facts.gathers, [token]: { ...gather, open, count: gather.count + count } } };
}

/** Serves the cells below one that does not answer. Whoever of them has it already counts as none. */
function passOver(
  facts: BroadcastFacts,
  node: NodeId,
  message: Told,
  token: string | null | undefined,
  moment: Moment,
): BroadcastStep {
  const map = facts.view?.trees[message.tree];
  const slot = map === undefined ? 0 : slotOf(map, node);
  if (map === undefined || slot === 0) return stay(facts);
  const targets = nearest(facts, map, childSlots(slot, map.fanout, map.slots.length));
  const gather = typeof token === 'string' ? facts.gathers[token] : undefined;
  if (typeof token !== 'string' || gather === undefined) {
    return stay(facts, ...targets.map((to) => forward(to, message, null)));
  }
  const fresh = targets.filter((to) => gather.open[to] === undefined);
  const open = { ...gather.open, ...Object.fromEntries(fresh.map((to) => [to, { passedOver: false }])) };
  const ms = gather.dueAt - moment.monotonic;
  return stay(
    { ...facts, gathers: { ...facts.gathers, [token]: { ...gather, open } } },
    ...fresh.map((to) => forward(to, message, { token, ms })),
  );
}

/** Once all have answered, or its time is up, a count is told. */
function endGather(facts: BroadcastFacts, token: string, late: boolean): BroadcastStep {
  const gather = facts.gathers[token];
  if (gather === undefined || (!late && Object.keys(gather.open).length > 0)) return stay(facts);
  const { [token]: _, ...gathers } = facts.gathers;
  const { number, count } = gather;
  const body = number === null ? { count } : { number, confirmed: count };
  return stay({ ...facts, gathers }, { effect: 'answer', token, outcome: { ok: true, body } });
}

/** Counts that are due: those who are silent for a hop are passed over once, and at the end what there is is told. */
export function hurryGathers(facts: BroadcastFacts, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [token, { hopAt, dueAt, open, message }] of Object.entries(facts.gathers)) {
    if (dueAt <= moment.monotonic) step = chain(step, (now) => endGather(now, token, true));
    else if (hopAt !== null && hopAt <= moment.monotonic) {
      step = chain(step, (now) => stay(markPassedOver(now, token)));
      for (const [node, { passedOver }] of Object.entries(open)) {
        if (!passedOver) step = chain(step, (now) => passOver(now, node, message, token, moment));
      }
    }
  }
  return step;
}

function markPassedOver(facts: BroadcastFacts, token: string): BroadcastFacts {
  const gather = facts.gathers[token];
  if (gather === undefined) return facts;
  const open = Object.fromEntries(Object.keys(gather.open).map((node) => [node, { passedOver: true }]));
  return { ...facts, gathers: { ...facts.gathers, [token]: { ...gather, open, hopAt: null } } };
}

/** Passes on what was fetched after all: who is below has most likely missed it, too. */
export function spreadLate(
  facts: BroadcastFacts,
  message: Told,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { author, tree } = message;
  const origin = originOf(facts, tree, author.node, author.incarnation, moment.monotonic);
  if (!isNew(origin, numberIn(message)) || refusalOf(facts, message, options, moment) !== undefined) return stay(facts);
  return spread(facts, message, false, null, options, moment);
}

/** When the gathers need attention next; Infinity where there are none. */
export function gathersDueAt(facts: BroadcastFacts): number {
  const moments = Object.values(facts.gathers).map(({ hopAt, dueAt }) => Math.min(hopAt ?? dueAt, dueAt));
  return Math.min(Number.POSITIVE_INFINITY, ...moments);
}
