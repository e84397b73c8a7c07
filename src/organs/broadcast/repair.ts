import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { occupantOf, parentSlot, slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, TreeId } from '../../contract/words.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  originOf,
  stay,
  talkOf,
  unsyncedTrees,
  withOrigin,
  withTalk,
} from './facts.ts';
import type { DigestBody, FetchBody, Mark, Told } from './messages.ts';
import { beginAfter, giveUp, hearOf, isMissing, isNew, numberIn, type Origin } from './origin.ts';
import { deliver } from './receiving.ts';
import { spreadLate } from './spreading.ts';

/** How often each neighbour is asked the same: the first question may have been lost. */
const ROUNDS = 2;

/** Who may have what this node misses: its parent and the neighbours in slot order, those held alive first. */
function neighbours(facts: BroadcastFacts, tree: TreeId, self: NodeId): NodeId[] {
  const map = facts.view?.trees[tree];
  const slot = map === undefined ? 0 : slotOf(map, self);
  if (map === undefined || slot === 0) return [];
  const last = map.slots.length;
  const slots = [parentSlot(slot, map.fanout) ?? 0, slot === 1 ? last : slot - 1, slot === last ? 1 : slot + 1];
  const nodes = new Set(slots.flatMap((one) => occupantOf(map, one)?.node ?? []));
  nodes.delete(self);
  return [...nodes].sort((a, b) => Number(facts.down[a] ?? false) - Number(facts.down[b] ?? false));
}

// ---- Where to begin ------------------------------------------------------------------------------------------------

/** Asks the next neighbour of each tree that this node has come into. Who is alone begins at once. */
export function askWhereToBegin(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const tree of unsyncedTrees(facts, options.self)) {
    if (talkOf(facts, tree).tries === 0) step = chain(step, (now) => askNext(now, tree, options, moment));
  }
  return step;
}

function askNext(facts: BroadcastFacts, tree: TreeId, options: BroadcastOptions, moment: Moment): BroadcastStep {
  const { tries } = talkOf(facts, tree);
  const around = neighbours(facts, tree, options.self);
  const next = around[tries % Math.max(around.length, 1)];
  // Where nobody answers nobody can tell what came before: every origin is taken from its first message on.
  if (next === undefined || tries >= around.length * ROUNDS) return begin(facts, tree, [], options, moment);
  return stay(withTalk(facts, tree, { tries: tries + 1 }), askDigest(next, tree, [], true, 'broadcast.synced'));
}

export function takeSynced(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree } = tag as { readonly tree: TreeId };
  if (talkOf(facts, tree).synced) return stay(facts);
  if (!outcome.ok) return askNext(facts, tree, options, moment);
  return begin(facts, tree, (outcome.body as unknown as { marks: readonly Mark[] }).marks, options, moment);
}

/** From here on messages are delivered: those told before this node came were not for it. */
function begin(
  facts: BroadcastFacts,
  tree: TreeId,
  marks: readonly Mark[],
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  let next = withTalk(facts, tree, { synced: true, tries: 0 });
  for (const { origin, incarnation, number } of marks) {
    next = withOrigin(next, tree, beginAfter(originOf(next, tree, origin, incarnation, moment.monotonic), number));
  }
  let step: BroadcastStep = stay(next);
  for (const origin of Object.values(talkOf(next, tree).origins)) {
    step = chain(step, (now) => deliver(now, tree, origin, moment));
  }
  const done = unsyncedTrees(step.facts, options.self).length === 0;
  return done ? { ...step, signals: [{ type: 'broadcast.synced' }] } : step;
}

// ---- What was missed -----------------------------------------------------------------------------------------------

/** Asks for what is missing: the neighbours in turn, twice each, then it is given up. */
export function fillGaps(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { origins }] of Object.entries(facts.trees)) {
    for (const origin of Object.values(origins)) {
      if (origin.gapAt === null || origin.gapAt > moment.monotonic) continue;
      step = chain(step, (now) => fetchFrom(now, tree, origin, options, moment));
    }
  }
  return step;
}

function fetchFrom(
  facts: BroadcastFacts,
  tree: TreeId,
  origin: Origin,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const around = neighbours(facts, tree, options.self);
  const next = around[origin.tries % Math.max(around.length, 1)];
  if (next === undefined || origin.tries >= around.length * ROUNDS) {
    const { node, incarnation, delivered, known } = origin;
    const report: Effect = {
      effect: 'run',
      name: 'report',
      params: { tree, origin: node, incarnation, after: delivered, known },
    };
    return chain(deliver(facts, tree, giveUp(origin), moment), (now) => stay(now, report));
  }
  const gapAt = moment.monotonic + LIMITS.broadcastHopMs * 2;
  const asked = withOrigin(facts, tree, { ...origin, gapAt, tries: origin.tries + 1 });
  const body: FetchBody = {
    tree,
    origin: origin.node,
    incarnation: origin.incarnation,
    after: origin.delivered,
    through: origin.known,
  };
  return stay(asked, {
    effect: 'ask',
    to: next,
    tree: null,
    kind: 'broadcast.fetch',
    body: body as unknown as Json,
    deadlineMs: LIMITS.broadcastHopMs,
    onAnswer: 'broadcast.fetched',
    tag: { tree, origin: origin.node, incarnation: origin.incarnation },
  });
}

/** A peer misses something of what is retained here. */
export function takeFetch(
  facts: BroadcastFacts,
  { tree, origin, incarnation, after, through }: FetchBody,
): BroadcastStep {
  const wanted = ({ id, author }: Told): boolean =>
    author.node === origin && author.incarnation === incarnation && Number(id) > after && Number(id) <= through;
  const found = talkOf(facts, tree)
    .retained.filter(wanted)
    .sort((a, b) => Number(a.id) - Number(b.id));
  const messages: Told[] = [];
  let bytes = 0;
  for (const message of found.slice(0, LIMITS.broadcastFetchMax)) {
    bytes += JSON.stringify(message).length;
    if (bytes > LIMITS.messageBytesMax && messages.length > 0) break;
    messages.push(message);
  }
  return stay(facts, { effect: 'reply', body: { messages } as unknown as Json });
}

/** What was fetched goes on to the cells below, who most likely miss it too. What is still missing is asked of the next. */
export function takeFetched(
  facts: BroadcastFacts,
  { tag, outcome }: Answer,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { tree, origin, incarnation } = tag as unknown as FetchBody;
  const messages = outcome.ok ? (outcome.body as unknown as { messages: readonly Told[] }).messages : [];
  const before = originOf(facts, tree, origin, incarnation, moment.monotonic);
  let step = stay(facts);
  for (const message of messages) step = chain(step, (now) => spreadLate(now, message, options, moment));
  return chain(step, (now) => {
    const left = originOf(now, tree, origin, incarnation, moment.monotonic);
    if (!isMissing(left)) return stay(now);
    // A neighbour that had some of it may have the rest, too.
    const tries = messages.some((message) => isNew(before, numberIn(message))) ? left.tries - 1 : left.tries;
    return stay(withOrigin(now, tree, { ...left, tries: Math.max(tries, 0), gapAt: moment.monotonic }));
  });
}

// ---- Comparing -----------------------------------------------------------------------------------------------------

/** For a while after something was told, neighbours compare what they have. When all is quiet nothing is sent. */
export function compareNow(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { digestAt, turn }] of Object.entries(facts.trees)) {
    if (digestAt === null || digestAt > moment.monotonic) continue;
    const around = neighbours(facts, tree, options.self);
    const to = around[turn % Math.max(around.length, 1)];
    const marks = marksOf(facts, tree, false, moment);
    const again = marks.length > 0 && to !== undefined;
    const next = again ? moment.monotonic + LIMITS.broadcastDigestMs * (0.9 + 0.2 * moment.random()) : null;
    step = chain(step, (now) =>
      stay(
        withTalk(now, tree, { digestAt: next, turn: turn + 1 }),
        ...(again ? [askDigest(to, tree, marks, false, 'broadcast.compared')] : []),
      ),
    );
  }
  return step;
}

function askDigest(to: NodeId, tree: TreeId, marks: readonly Mark[], all: boolean, onAnswer: string): Effect {
  const body: DigestBody = { tree, marks, all };
  const deadlineMs = LIMITS.broadcastHopMs;
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.digest',
    body: body as unknown as Json,
    deadlineMs,
    onAnswer,
    tag: { tree },
  };
}

/** How far each origin is here: of those heard of lately, or all. */
function marksOf(facts: BroadcastFacts, tree: TreeId, all: boolean, moment: Moment): Mark[] {
  const since = all ? Number.NEGATIVE_INFINITY : moment.monotonic - LIMITS.broadcastRepairMs;
  return Object.values(talkOf(facts, tree).origins)
    .filter(({ heardAt, delivered }) => heardAt >= since && delivered > 0)
    .map(({ node, incarnation, delivered }) => ({ origin: node, incarnation, number: delivered }));
}

export function takeDigest(facts: BroadcastFacts, { tree, marks, all }: DigestBody, moment: Moment): BroadcastStep {
  const reply: Effect = { effect: 'reply', body: { marks: marksOf(facts, tree, all, moment) } };
  return chain(stay(facts, reply), (now) => learnMarks(now, tree, marks, moment));
}

export function takeCompared(facts: BroadcastFacts, { tag, outcome }: Answer, moment: Moment): BroadcastStep {
  if (!outcome.ok) return stay(facts);
  const { tree } = tag as { readonly tree: TreeId };
  return learnMarks(facts, tree, (outcome.body as unknown as { marks: readonly Mark[] }).marks, moment);
}

/** What a neighbour has and this node has not is missing here. */
function learnMarks(facts: BroadcastFacts, tree: TreeId, marks: readonly Mark[], moment: Moment): BroadcastStep {
  const { synced, digestAt } = talkOf(facts, tree);
  if (!synced) return stay(facts);
  let step = stay(facts);
  for (const { origin, incarnation, number } of marks) {
    // Only members speak; a neighbour can't make this node keep books about others.
    if (facts.view?.members[origin] === undefined) continue;
    const before = originOf(facts, tree, origin, incarnation, moment.monotonic);
    const after = hearOf(before, number, moment.monotonic);
    if (after !== before) step = chain(step, (now) => deliver(now, tree, after, moment));
  }
  const heard = step.facts !== facts;
  const soon = digestAt ?? moment.monotonic + LIMITS.broadcastDigestMs;
  return heard ? { ...step, facts: withTalk(step.facts, tree, { digestAt: soon }) } : step;
}
