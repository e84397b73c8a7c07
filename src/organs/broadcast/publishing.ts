import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Moment } from '../../contract/organ.ts';
import type { Store } from '../../contract/ports.ts';
import { rootPeerGroup } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Message } from '../../contract/wire.ts';
import type { EpochMs, Json, NodeId, TreeId } from '../../contract/words.ts';
import { type BroadcastFacts, type BroadcastOptions, type BroadcastStep, stay, talkOf, withTalk } from './facts.ts';
import { AUTHORED_KIND, type ForwardBody, type PublishBody, type Told } from './messages.ts';
import { numberIn } from './origin.ts';
import { spread } from './spreading.ts';

/** Where the next number of a tree is kept: within one life of the process none may be used twice. */
const NUMBERS = 'broadcast/next/';

function numberKey(tree: TreeId): string {
  return `${NUMBERS}${tree}`;
}

/** The numbers to go on with after the organ was restarted; a new life of the process begins with 1. */
export function readNumbers(store: Pick<Store, 'range'>, incarnation: number): ReadonlyMap<TreeId, number> {
  const numbers = new Map<TreeId, number>();
  for (const [key, value] of store.range('facts', { prefix: NUMBERS })) {
    const kept = value as { readonly incarnation: number; readonly next: number };
    if (kept.incarnation === incarnation) numbers.set(key.slice(NUMBERS.length), kept.next);
  }
  return numbers;
}

/** What the `sign` effect is told to do. */
export interface SignParams {
  readonly message: Message;
  readonly expiresAt: EpochMs;
  /** Under which the publisher is answered. */
  readonly token: string;
  readonly confirm: boolean;
}

/** Its own message, signed. */
export interface Signed {
  readonly message: Told;
  readonly token: string;
  readonly confirm: boolean;
}

/** Something is to be told to all cells of a tree: it gets its number, and is signed once. */
export function publish(
  facts: BroadcastFacts,
  request: PublishBody,
  { incarnation }: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree, topic, body, confirm = true } = request;
  if (facts.view?.trees[tree] === undefined) return stay(facts, { effect: 'refuse', code: 'starting' });
  if (Object.keys(facts.gathers).length >= LIMITS.broadcastGathersMax)
    return stay(facts, { effect: 'refuse', code: 'busy' });
  const number = talkOf(facts, tree).nextNumber;
  const token = `publish/${facts.nextToken}`;
  const message: Message = { id: String(number), tree, kind: AUTHORED_KIND, body: { topic, body } };
  const params: SignParams = { message, expiresAt: moment.now + LIMITS.broadcastExpiryMs, token, confirm };
  const next = withTalk({ ...facts, nextToken: facts.nextToken + 1 }, tree, { nextNumber: number + 1 });
  return {
    facts: next,
    writes: [{ table: 'facts', key: numberKey(tree), value: { incarnation, next: number + 1 } }],
    effects: [
      { effect: 'defer', token },
      { effect: 'run', name: 'sign', params },
    ],
  };
}

/** It is on its way: to the root, else to the next of the root's peer group that can be reached. */
export function takeSigned(
  facts: BroadcastFacts,
  { message, token, confirm }: Signed,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const confirmMs = confirm ? LIMITS.broadcastConfirmMs : 0;
  const routed = route(facts, { message, token, confirmMs, tried: [] }, options, moment);
  if (confirm) return routed;
  // Nobody waits for more than that: the message has its number and is signed.
  const body = { number: numberIn(message), confirmed: 0 };
  return chain(routed, (now) => stay(now, { effect: 'answer', token, outcome: { ok: true, body } }));
}

interface Routing {
  readonly message: Told;
  readonly token: string;
  readonly confirmMs: number;
  /** Those of the root's peer group that did not answer. */
  readonly tried: readonly NodeId[];
}

/** The lowest slot that is held alive; this node itself where it is that one, or where nobody else is left. */
function route(facts: BroadcastFacts, routing: Routing, options: BroadcastOptions, moment: Moment): BroadcastStep {
  const { message, token, confirmMs, tried } = routing;
  const map = facts.view?.trees[message.tree];
  const group = map === undefined ? [] : rootPeerGroup(map);
  const first = group.find((node) => facts.down[node] === undefined && !tried.includes(node));
  if (first === undefined || first === options.self) {
    const counting = confirmMs > 0 ? { token, number: numberIn(message), confirmMs } : null;
    return spread(facts, message, true, counting, options, moment);
  }
  const left = Math.max(confirmMs - LIMITS.broadcastMarginMs, 0);
  const body: ForwardBody = { message, top: true, confirmMs: left };
  return stay(facts, {
    effect: 'ask',
    to: first,
    tree: null,
    kind: 'broadcast.forward',
    body: body as unknown as Json,
    deadlineMs: Math.max(left, LIMITS.broadcastHopMs),
    onAnswer: 'broadcast.routed',
    tag: { ...routing, confirmMs: left, tried: [...tried, first] } as unknown as Json,
  });
}

/** The top of the tree has it, or the next one is tried. */
export function takeRouted(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const routing = tag as unknown as Routing;
  if (!outcome.ok) return route(facts, routing, options, moment);
  if (routing.confirmMs === 0) return stay(facts);
  const { count } = outcome.body as { readonly count: number };
  const body = { number: numberIn(routing.message), confirmed: count };
  return stay(facts, { effect: 'answer', token: routing.token, outcome: { ok: true, body } });
}
