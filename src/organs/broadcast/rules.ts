import type { Moment } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, View } from '../../contract/words.ts';
import {
  type BroadcastFacts,
  type BroadcastOptions,
  type BroadcastStep,
  stay,
  unsyncedTrees,
  withTalk,
} from './facts.ts';
import { compareNow, fillGaps } from './repair.ts';
import { gathersDueAt, hurryGathers } from './spreading.ts';

/** A newer view. A tree that this node has come into is asked where it stands; one that it has left is forgotten. */
export function takeView(facts: BroadcastFacts, view: View, options: BroadcastOptions): BroadcastStep {
  let next: BroadcastFacts = { ...facts, view };
  if (facts.view?.trees === view.trees) return stay(next);
  for (const tree of Object.keys(facts.trees)) {
    const map = view.trees[tree];
    if (map !== undefined && slotOf(map, options.self) > 0) continue;
    // Numbers go on where they were: others remember them as long as this process lives.
    next = withTalk(next, tree, { origins: {}, retained: [], synced: false, tries: 0, digestAt: null });
  }
  return unsyncedTrees(next, options.self).length === 0
    ? stay(next)
    : { facts: next, signals: [{ type: 'broadcast.place' }] };
}

export function takeOpinion(facts: BroadcastFacts, node: NodeId, state: string): BroadcastFacts {
  const { [node]: _, ...others } = facts.down;
  return { ...facts, down: state === 'live' ? others : { ...others, [node]: true } };
}

/** The organ's one timer: counts that are due, what is missing, and comparing with neighbours. */
export function takeAlarm(facts: BroadcastFacts, options: BroadcastOptions, moment: Moment): BroadcastStep {
  return chain(
    hurryGathers({ ...facts, armedFor: null }, moment),
    (now) => fillGaps(now, options, moment),
    (now) => compareNow(now, options, moment),
  );
}

/** Sets the one timer to what is due next. */
export function arm(step: BroadcastStep, moment: Moment): BroadcastStep {
  const { facts } = step;
  const due = dueAt(facts);
  if (due === Number.POSITIVE_INFINITY || (facts.armedFor !== null && facts.armedFor <= due)) return step;
  const afterMs = Math.max(Math.ceil(due - moment.monotonic), 0);
  return chain(step, (now) => stay({ ...now, armedFor: due }, { effect: 'timer', name: 'broadcast.alarm', afterMs }));
}

function dueAt(facts: BroadcastFacts): number {
  let due = gathersDueAt(facts);
  for (const { digestAt, origins } of Object.values(facts.trees)) {
    if (digestAt !== null) due = Math.min(due, digestAt);
    for (const { gapAt } of Object.values(origins)) if (gapAt !== null) due = Math.min(due, gapAt);
  }
  return due;
}
