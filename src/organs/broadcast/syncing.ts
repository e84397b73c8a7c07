import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { occupantOf, parentSlot, slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, TreeId } from '../../contract/words.ts';
import { archived } from './archive.ts';
import { lookUp, valuesOf } from './book.ts';
import { recalledOf } from './channel.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  originOf,
  ownMap,
  stay,
  type Talk,
  talkOf,
  unsyncedTrees,
  withOrigin,
  withTalk,
} from './facts.ts';
import type { Mark, RecallBody } from './messages.ts';
import { goalOf, openWhereEmpty, recallSoon, takeOrder } from './ordered.ts';
import { beginAfter, numberIn, type Origin, originName } from './origin.ts';
import { deliver } from './receiving.ts';

/** How often each neighbour is asked the same: a question may be lost, and what one lacks now it may have in a moment. */
export const ROUNDS = 3;

/**
 * How long to wait before the next one is asked, milliseconds: no time within a round, and longer after each.
 *
 * @param tries how many were asked so far
 */
export function pauseAfter(tries: number, around: readonly NodeId[]): number {
  const rounds = tries / Math.max(around.length, 1);
  return Number.isInteger(rounds) ? rounds * LIMITS.broadcastHopMs : 0;
}

/**
 * Who may have what this node misses: its parent and grandparent, the neighbours in slot order, and one cell by chance, so
 * that no part of the tree keeps to itself. Those held alive first.
 *
 * @param further one more that may have it
 */
export function neighbours(
  facts: BroadcastFacts,
  tree: TreeId,
  self: NodeId,
  moment: Moment,
  further: NodeId | null = null,
): NodeId[] {
  const map = ownMap(facts, tree, self);
  if (map === undefined) return [];
  const last = map.slots.length;
  const slot = slotOf(map, self);
  const parent = parentSlot(slot, map.fanout) ?? 0;
  const grandparent = parentSlot(parent, map.fanout) ?? 0;
  const wild = 1 + Math.floor(moment.random() * last);
  const slots = [parent, slot === 1 ? last : slot - 1, slot === last ? 1 : slot + 1, grandparent, wild];
  const nodes = new Set(slots.flatMap((one) => occupantOf(map, one)?.node ?? []));
  if (further !== null && slotOf(map, further) > 0) nodes.add(further);
  nodes.delete(self);
  return [...nodes].sort((a, b) => Number(facts.down[a] ?? false) - Number(facts.down[b] ?? false));
}

// ---- Where to begin --------------------------------------------------------------------------------------------------

/** Asks the next neighbour of each tree that this node has come into. Who is alone begins at once. */
export function askWhereToBegin(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const tree of unsyncedTrees(facts, options.self)) {
    if (talkOf(facts, tree).tries > 0) continue;
    step = chain(step, (now) => askNext(withTalk(now, tree, { beganAt: moment.monotonic }), tree, options, moment));
  }
  return step;
}

function askNext(facts: BroadcastFacts, tree: TreeId, options: BroadcastOptions, moment: Moment): BroadcastStep {
  const { tries, clueless } = talkOf(facts, tree);
  const around = neighbours(facts, tree, options.self, moment);
  const next = around[tries % Math.max(around.length, 1)];
  // Where nobody can tell what came before, every origin is taken from its first message on.
  if (next === undefined || tries >= around.length * ROUNDS || clueless >= around.length)
    return begin(facts, tree, null, options, moment);
  return stay(withTalk(facts, tree, { tries: tries + 1 }), recall(next, tree));
}

export function recall(to: NodeId, tree: TreeId): Effect {
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.recall',
    body: { tree },
    deadlineMs: LIMITS.broadcastHopMs,
    onAnswer: 'broadcast.recalled',
    tag: { tree },
  };
}

/** A newcomer wants to know where to begin, or a node that missed something of the order where that stands. */
export function takeRecall(facts: BroadcastFacts, { tree }: { readonly tree: TreeId }): BroadcastStep {
  const { synced, channel, origins } = talkOf(facts, tree);
  if (!synced) return stay(facts, { effect: 'refuse', code: 'starting', retryAfterMs: LIMITS.broadcastHopMs });
  const lately = [...valuesOf(origins)].filter(({ delivered }) => delivered > 0);
  lately.sort((a, b) => b.heardAt - a.heardAt);
  const body: RecallBody = {
    marks: marksOf(facts, tree, lately.slice(0, LIMITS.broadcastMarksMax)),
    ordered: channel === null ? null : recalledOf(channel),
  };
  return stay(facts, { effect: 'reply', body: body as unknown as Json });
}

/** How far origins are here, and from where on their messages are retained without a gap. */
export function marksOf(facts: BroadcastFacts, tree: TreeId, origins: readonly Origin[]): Mark[] {
  const retained = new Map<string, Set<number>>();
  for (const { message } of archived(talkOf(facts, tree).archive)) {
    const name = originName(message.author.node, message.author.incarnation);
    const numbers = retained.get(name) ?? new Set();
    retained.set(name, numbers.add(numberIn(message)));
  }
  return origins.map(({ node, incarnation, delivered }) => {
    const numbers = retained.get(originName(node, incarnation));
    let after = delivered;
    while (numbers?.has(after) === true) after -= 1;
    return { origin: node, incarnation, after, number: delivered };
  });
}

export function takeRecalled(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree } = tag as { readonly tree: TreeId };
  const recalled = outcome.ok ? (outcome.body as unknown as RecallBody) : null;
  const { synced, clueless } = talkOf(facts, tree);
  if (!synced && recalled !== null) return begin(facts, tree, recalled, options, moment);
  if (!synced) {
    const isClueless = !outcome.ok && outcome.code === 'starting';
    return askNext(withTalk(facts, tree, { clueless: isClueless ? clueless + 1 : 0 }), tree, options, moment);
  }
  if (talkOf(facts, tree).recallAt === null) return stay(facts);
  const step = recalled?.ordered == null ? undefined : takeOrder(facts, tree, recalled.ordered, moment);
  if (step !== undefined) return step;
  const around = neighbours(facts, tree, options.self, moment, facts.leader);
  const recallAt = moment.monotonic + pauseAfter(talkOf(facts, tree).recalls, around);
  return stay(withTalk(facts, tree, { recallAt }));
}

/**
 * From here on messages are delivered. What was told before this node came is for it only as far as it is retained and
 * meant for latecomers.
 */
function begin(
  facts: BroadcastFacts,
  tree: TreeId,
  recalled: RecallBody | null,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const begun = { synced: true, tries: 0, clueless: 0, ...firstDigest(facts, tree, recalled, moment) };
  let next = openWhereEmpty(withTalk(facts, tree, begun), tree);
  for (const mark of recalled?.marks ?? []) {
    const origin = originOf(next, tree, mark.origin, mark.incarnation, moment.monotonic);
    next = withOrigin(next, tree, beginAfter(origin, mark));
  }
  let step: BroadcastStep = stay(next);
  for (const origin of valuesOf(talkOf(next, tree).origins)) {
    step = chain(step, (now) => deliver(now, tree, lookUpAgain(now, tree, origin), moment));
  }
  const done = unsyncedTrees(step.facts, options.self).length === 0;
  return chain(done ? { ...step, signals: [{ type: 'broadcast.synced' }] } : step, (now) =>
    beginOrder(now, tree, recalled, moment),
  );
}

/**
 * Who was here before, and away, may know what the others missed. Who found nobody that knows anything, as when many start
 * together, asks once more a little later.
 */
function firstDigest(
  facts: BroadcastFacts,
  tree: TreeId,
  recalled: RecallBody | null,
  { monotonic }: Moment,
): Partial<Talk> {
  if (recalled === null) return { digestAt: monotonic + LIMITS.broadcastDigestMs, digestOf: 'first' };
  return talkOf(facts, tree).archive.count > 0 ? { digestAt: monotonic, digestOf: 'all' } : {};
}

/** What a neighbour has was told before this node came. */
export function beginWith(facts: BroadcastFacts, tree: TreeId, marks: readonly Mark[], moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const mark of marks) {
    step = chain(step, (now) => {
      const origin = originOf(now, tree, mark.origin, mark.incarnation, moment.monotonic);
      return deliver(now, tree, beginAfter(origin, mark), moment);
    });
  }
  return step;
}

function lookUpAgain(facts: BroadcastFacts, tree: TreeId, { node, incarnation }: Origin): Origin {
  const found = lookUp(talkOf(facts, tree).origins, originName(node, incarnation));
  return found as Origin;
}

function beginOrder(facts: BroadcastFacts, tree: TreeId, recalled: RecallBody | null, moment: Moment): BroadcastStep {
  const { channel } = talkOf(facts, tree);
  if (channel !== null && channel.end.chain === goalOf(facts.view, tree).chain) return stay(facts);
  const step = recalled?.ordered == null ? undefined : takeOrder(facts, tree, recalled.ordered, moment);
  return step ?? stay(recallSoon(facts, tree, moment));
}
