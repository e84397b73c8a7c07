export { type Electorate, electorsOf, isElector, isJoint, NOBODY, reachedBy, sameNodes, tally } from './electorate.ts';
export type { Instant, RaftEvent } from './event.ts';
export {
  type Base,
  hasMark,
  lastOf,
  type Mark,
  openElectorates,
  placeAt,
  type RaftLog,
  recordsAfter,
} from './log.ts';
export type { Envelope, RaftBody, RaftMessage } from './message.ts';
export type { Notice, Outcome, Refusal, Writes } from './outcome.ts';
export { counts, type Progress } from './progress.ts';
export {
  type Ballot,
  begin,
  isPromotable,
  leaderIn,
  type Origin,
  RAFT_DEFAULTS,
  type RaftState,
  type RaftTiming,
  type RaftTuning,
  type Role,
  wakeAt,
} from './state.ts';
export { step } from './step.ts';
