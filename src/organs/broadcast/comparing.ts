import { LIMITS } from '../../contract/limits.ts';
import type { Answer, Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, TreeId } from '../../contract/words.ts';
import { valuesOf } from './book.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  originOf,
  stay,
  type Talk,
  talkOf,
  withTalk,
} from './facts.ts';
import type { DigestBody, Mark } from './messages.ts';
import { hearOf, type Origin } from './origin.ts';
import { deliver } from './receiving.ts';
import { beginWith, marksOf, neighbours } from './syncing.ts';

/** For a while after something was told, neighbours compare what they have. When all is quiet nothing is sent. */
export function compareNow(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { digestAt, digestOf, turn }] of Object.entries(facts.trees)) {
    if (digestAt === null || digestAt > moment.monotonic) continue;
    const around = neighbours(facts, tree, options.self, moment);
    const to = around[turn % Math.max(around.length, 1)];
    const marks = lately(facts, tree, digestOf !== 'lately', moment);
    const again = (marks.length > 0 || digestOf === 'first') && to !== undefined;
    const next = again ? moment.monotonic + LIMITS.broadcastDigestMs * (0.9 + 0.2 * moment.random()) : null;
    step = chain(step, (now) =>
      stay(
        withTalk(now, tree, { digestAt: next, digestOf: 'lately', turn: turn + 1 }),
        ...(again ? [digest(to, tree, marks, digestOf)] : []),
      ),
    );
  }
  return step;
}

/** A neighbour is back: whatever was told while it could not be reached, and is retained, is compared at once. */
export function compareWith(
  facts: BroadcastFacts,
  peer: NodeId,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  let step = stay(facts);
  for (const [tree, { synced }] of Object.entries(facts.trees)) {
    const marks = lately(facts, tree, true, moment);
    const isNeighbour = marks.length > 0 && neighbours(facts, tree, options.self, moment).includes(peer);
    if (synced && isNeighbour) step = chain(step, (now) => stay(now, digest(peer, tree, marks, 'all')));
  }
  return step;
}

function digest(to: NodeId, tree: TreeId, marks: readonly Mark[], of: Talk['digestOf']): Effect {
  const body: DigestBody = { tree, marks, all: of !== 'lately' };
  return {
    effect: 'ask',
    to,
    tree: null,
    kind: 'broadcast.digest',
    body: body as unknown as Json,
    deadlineMs: LIMITS.broadcastHopMs,
    onAnswer: 'broadcast.compared',
    tag: { tree, of },
  };
}

/** How far each origin is here that was heard of lately, or that may be retained; those heard of last where there are many. */
function lately(facts: BroadcastFacts, tree: TreeId, all: boolean, { monotonic }: Moment): Mark[] {
  const since = monotonic - (all ? LIMITS.broadcastExpiryMs : LIMITS.broadcastRepairMs);
  const heard: Origin[] = [];
  for (const origin of valuesOf(talkOf(facts, tree).origins)) {
    if (origin.heardAt >= since && origin.delivered > 0) heard.push(origin);
  }
  heard.sort((a, b) => b.heardAt - a.heardAt);
  return marksOf(facts, tree, heard.slice(0, LIMITS.broadcastMarksMax));
}

export function takeDigest(facts: BroadcastFacts, { tree, marks, all }: DigestBody, moment: Moment): BroadcastStep {
  const own = lately(facts, tree, all, moment);
  const reply: Effect = { effect: 'reply', body: { marks: own } as unknown as Json };
  return chain(stay(facts, reply), (now) => learnMarks(now, tree, marks, moment));
}

export function takeCompared(facts: BroadcastFacts, { tag, outcome }: Answer, moment: Moment): BroadcastStep {
  if (!outcome.ok) return stay(facts);
  const { tree, of } = tag as { readonly tree: TreeId; readonly of: Talk['digestOf'] };
  const { marks } = outcome.body as unknown as { readonly marks: readonly Mark[] };
  return of === 'first' ? beginWith(facts, tree, marks, moment) : learnMarks(facts, tree, marks, moment);
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
