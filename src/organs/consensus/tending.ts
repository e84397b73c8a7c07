import type { Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId } from '../../contract/words.ts';
import { type DrivingOptions, drive } from './driving.ts';
import { type ConsensusFacts, type ConsensusStep, leaderOf, only } from './facts.ts';
import { baseOf, instantOf, opened, succeeded } from './opening.ts';
import { gather, type ProvingOptions, sign } from './proving.ts';
import { type RaftEvent, wakeAt } from './raft/index.ts';
import { steer } from './seating.ts';
import { answerWaiting } from './waiting.ts';

export type TendingOptions = ProvingOptions & DrivingOptions;

/** The rules of the log keep up with the view, the view with the log, and the voters with the slots. */
export function tend(step: ConsensusStep, options: TendingOptions, moment: Moment): ConsensusStep {
  return chain(
    step,
    (now) => keepUp(now, options, moment),
    (now) => gather(now, options, moment),
    (now) => steer(now, options, moment),
  );
}

/** The last thing of every step: the disk, the other organs and the timer are brought to where the facts are. */
export function conclude(facts: ConsensusFacts, moment: Moment): ConsensusStep {
  return chain(answerWaiting(facts), sign, tellLeader, (now) => arm(now, moment));
}

/** A view that was proven elsewhere is committed here as well. */
function keepUp(facts: ConsensusFacts, options: TendingOptions, moment: Moment): ConsensusStep {
  const { raft, view } = facts;
  if (view === null) return { facts };
  if (raft === null) return { facts: { ...facts, raft: opened(facts, options, moment) } };
  if (raft.generation < view.generation)
    return { facts: { ...facts, raft: succeeded(raft, view, facts.abstains, instantOf(moment)), armedFor: null } };
  const events: RaftEvent[] = raft.log.commit >= view.version ? [] : [{ type: 'installed', base: baseOf(view) }];
  // Its word counts again.
  if (raft.abstains && !facts.abstains) events.push({ type: 'enroll' });
  return events.length === 0 ? { facts } : drive(facts, events, options, moment);
}

/** Who leads, as often as it changes. A leader says so of itself once its first entry is proven. */
function tellLeader(facts: ConsensusFacts): ConsensusStep {
  const { raft, led, forked } = facts;
  const leader = leaderToTell(facts);
  const epoch = Math.max(raft?.epoch ?? 0, facts.view?.epoch ?? 0);
  // Whom a node follows no more says nothing of who leads.
  if (raft === null || forked || (led !== null && led.leader === leader && led.epoch === epoch)) return { facts };
  const told: Effect = { effect: 'emit', kind: 'consensus.led', body: { leader, epoch } };
  return only({ ...facts, led: { leader, epoch } }, told);
}

function leaderToTell(facts: ConsensusFacts): NodeId | null {
  const { raft, view } = facts;
  const isOpening = raft?.role.mode === 'leading' && raft.role.opened > (view?.version ?? 0);
  return isOpening ? null : leaderOf(facts);
}

/** One timer, set anew only where it would fire too late: most heartbeats just push an election back. */
function arm(facts: ConsensusFacts, moment: Moment): ConsensusStep {
  const { raft, armedFor } = facts;
  const due = raft === null ? null : wakeAt(raft);
  if (due === null || (armedFor !== null && armedFor <= due)) return { facts };
  const afterMs = Math.max(Math.ceil(due - moment.monotonic), 0);
  return only({ ...facts, armedFor: due }, { effect: 'timer', name: 'consensus.tick', afterMs });
}
