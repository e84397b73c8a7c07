import type { Moment } from '../../contract/organ.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { type DrivingOptions, drive } from './driving.ts';
import { type ConsensusFacts, type ConsensusStep, isLeading } from './facts.ts';
import { counts, isElector, isJoint, type RaftState, sameNodes } from './raft/index.ts';

/** How many nodes vote in a tree of so many cells: of two, the loss of either would stop both. */
export function seatsIn(cells: number): 1 | 3 | 5 {
  if (cells <= 2) return 1;
  return cells <= 4 ? 3 : 5;
}

/** Who should vote: the occupants of the lowest slots of the first genome's tree, those left out that can't or won't. */
export function votersFor(view: View, isFit: (node: NodeId) => boolean): readonly NodeId[] {
  const map = Object.values(view.trees).find(({ genome }) => genome === view.genomes[0]);
  const fit = (map?.slots ?? []).map(({ node }) => node).filter(isFit);
  return fit.slice(0, seatsIn(fit.length));
}

/**
 * Moves the voters towards where they should sit, one change at a time. Newcomers are learners first, and become voters
 * once they are at the end of the log; until then the old list counts, whatever the slots say.
 */
export function steer(facts: ConsensusFacts, options: DrivingOptions, moment: Moment): ConsensusStep {
  const { raft, view } = facts;
  if (raft?.role.mode !== 'leading' || !isLeading(facts) || view === null) return { facts };
  const { electorate, commit } = raft.log;
  if (raft.role.opened > commit || isJoint(electorate)) return { facts };
  const wanted = votersFor(view, (node) => isFit(facts, raft, node, moment));
  if (wanted.length === 0) return { facts };
  const newcomers = wanted.filter((node) => !isElector(electorate, node));
  const isSettled = sameNodes(wanted, electorate.voters);
  const learners = sameNodes(newcomers, raft.role.learners) ? [] : [{ type: 'learners', nodes: newcomers } as const];
  if (isSettled && (learners.length === 0 || raft.log.electorateAt > commit)) return { facts };
  const step = drive(facts, isSettled ? learners : [...learners, { type: 'reseat', voters: wanted }], options, moment);
  const hasBegun = step.facts.raft?.log.electorateAt !== raft.log.electorateAt;
  return hasBegun ? { ...step, facts: { ...step.facts, steeredAt: moment.monotonic } } : step;
}

/**
 * A voter that wants to leave, or whose disk may have forgotten, is let go; a learner may have any past, and a voter that
 * has just been let in needs a moment to learn that its word counts again.
 */
function isFit(facts: ConsensusFacts, { role, log, tuning }: RaftState, node: NodeId, moment: Moment): boolean {
  if ((facts.leavers[node] ?? Number.NEGATIVE_INFINITY) > moment.monotonic) return false;
  if (moment.monotonic < (facts.steeredAt ?? Number.NEGATIVE_INFINITY) + 2 * tuning.electionMaxMs) return true;
  const peer = role.mode === 'leading' ? role.progress[node] : undefined;
  return peer === undefined || counts(peer) || !isElector(log.electorate, node);
}
