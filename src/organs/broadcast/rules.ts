import type { NodeEvents } from '../../contract/events.ts';
import type { Moment } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { depart, departsAt } from './carrying.ts';
import { compareNow, compareWith } from './comparing.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  stay,
  talkOf,
  UNSYNCED,
  unsyncedTrees,
  withTalk,
} from './facts.ts';
import { gathersDueAt, hurryGathers } from './gathering.ts';
import { openWhereEmpty, takeOrders } from './ordered.ts';
import { submitNext, submitsAt } from './placing.ts';
import { expirePublications } from './publication.ts';
import { fillGaps, fillOrders } from './repair.ts';

type Committed = Pick<NodeEvents['consensus.committed'], 'view' | 'records'>;

/**
 * A newer view. A tree that this node has come into is asked where it stands; of one that it has left only what was
 * delivered is remembered, so that nothing is told twice in one life. What has got its place in the order is delivered.
 */
export function takeView(
  facts: BroadcastFacts,
  { view, records }: Committed,
  { self }: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const isSame = facts.view?.trees === view.trees;
  let next: BroadcastFacts = { ...facts, view };
  if (!isSame) {
    for (const tree of Object.keys(facts.trees)) {
      const map = view.trees[tree];
      if (map === undefined || slotOf(map, self) === 0) next = withTalk(next, tree, UNSYNCED);
    }
  }
  const synced = Object.keys(next.trees).filter((tree) => talkOf(next, tree).synced);
  const step = chain(
    stay(next),
    ...synced.map((tree) => (now: BroadcastFacts) => takeOrders(openWhereEmpty(now, tree), tree, records, moment)),
  );
  const isComing = !isSame && unsyncedTrees(step.facts, self).length > 0;
  return isComing ? { ...step, signals: [{ type: 'broadcast.place' }] } : step;
}

/** What this node believes of a peer. One that is back may have missed something, or know of what was missed here. */
export function takeOpinion(
  facts: BroadcastFacts,
  node: NodeId,
  state: string,
  options: BroadcastOptions,
  moment: Moment,
): BroadcastStep {
  const { [node]: wasDown, ...others } = facts.down;
  if (state !== 'live') return stay({ ...facts, down: { ...others, [node]: true } });
  const next = { ...facts, down: others };
  return wasDown === undefined ? stay(next) : compareWith(next, node, options, moment);
}

/** The organ's one timer: counts and answers that are due, what is missing, and comparing with neighbours. */
export function takeAlarm(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  return chain(
    hurryGathers({ ...facts, armedFor: null }, moment.monotonic),
    (now) => expirePublications(now, moment.monotonic),
    (now) => fillGaps(now, options, moment),
    (now) => fillOrders(now, options, moment),
    (now) => compareNow(now, options, moment),
  );
}

/** What follows every step: what waits for a place or for its way leaves, and the one timer is set to what is due next. */
export function settle(step: BroadcastStep, options: BroadcastOptions, moment: Moment): BroadcastStep {
  return chain(
    step,
    ...Object.keys(step.facts.trees).map((tree) => (now: BroadcastFacts) => submitNext(now, tree, options, moment)),
    (now) => depart(now, moment),
    (now) => arm(now, moment),
  );
}

function arm(facts: BroadcastFacts, moment: Moment): BroadcastStep {
  const due = dueAt(facts);
  if (due === Number.POSITIVE_INFINITY || (facts.armedFor !== null && facts.armedFor <= due)) return stay(facts);
  const afterMs = Math.max(Math.ceil(due - moment.monotonic), 0);
  return stay({ ...facts, armedFor: due }, { effect: 'timer', name: 'broadcast.alarm', afterMs });
}

function dueAt(facts: BroadcastFacts): number {
  let due = Math.min(gathersDueAt(facts), departsAt(facts));
  for (const token in facts.publications) due = Math.min(due, facts.publications[token]?.dueAt ?? due);
  for (const tree in facts.trees) {
    const talk = talkOf(facts, tree);
    due = Math.min(due, talk.digestAt ?? due, talk.recallAt ?? due, submitsAt(talk));
    for (const name in talk.gaps) due = Math.min(due, talk.gaps[name] ?? due);
  }
  return due;
}
