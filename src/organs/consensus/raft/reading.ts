import { LIMITS } from '../../../contract/limits.ts';
import { reachedBy } from './electorate.ts';
import { counts, type Progress } from './progress.ts';
import { startRound } from './sending.ts';
import { isLeading, type LeadingTurn, lead, type Turn } from './turn.ts';

/** Clocks may run apart by so much of the time that a lease lasts. */
const DRIFT = 0.1;

/** The lowest of what a majority has reached, this node being up to date with itself. */
export function majorityOf({ state: { log, role, self } }: LeadingTurn, measure: (peer: Progress) => number): number {
  return reachedBy(log.electorate, (node) => {
    if (node === self) return Number.POSITIVE_INFINITY;
    const peer = role.progress[node];
    return peer !== undefined && counts(peer) ? measure(peer) : Number.NEGATIVE_INFINITY;
  });
}

/** Answered with the index that is committed now, once it is sure that nobody else has been leading meanwhile. */
export function read(turn: Turn, token: string): void {
  if (!isLeading(turn)) {
    refuseRead(turn, token, 'not-leading');
    return;
  }
  const { log, role } = turn.state;
  if (role.reads.length >= LIMITS.raftReadsMax) refuseRead(turn, token, 'busy');
  else if (role.opened > log.commit) lead(turn, { reads: [...role.reads, { token, index: null, round: 0 }] });
  else if (isSure(turn)) turn.reads.push({ token, index: log.commit });
  else wait(turn, token);
}

/** True where nobody need be asked: there is nobody else, or a majority has promised lately to follow no other. */
function isSure(turn: LeadingTurn): boolean {
  const { tuning, role } = turn.state;
  if (majorityOf(turn, () => 0) === Number.POSITIVE_INFINITY) return true;
  if (!tuning.lease || role.leaseBroken) return false;
  return turn.now < majorityOf(turn, ({ leasedFrom }) => leasedFrom) + tuning.electionMinMs * (1 - DRIFT);
}

/** The read takes part in the next round. While one is under way that is the one after it, for all who come meanwhile. */
function wait(turn: LeadingTurn, token: string): void {
  const { log, role } = turn.state;
  const isIdle = confirmedRound(turn) >= role.round;
  lead(turn, { reads: [...role.reads, { token, index: log.commit, round: role.round + 1 }] });
  if (isIdle) startRound(turn);
}

function confirmedRound(turn: LeadingTurn): number {
  return majorityOf(turn, ({ round }) => round);
}

/** A majority may have answered a round, or the leader's first entry may have been committed. */
export function releaseReads(turn: LeadingTurn): void {
  if (turn.state.role.reads.length === 0 || turn.state.role.opened > turn.state.log.commit) return;
  const confirmed = confirmedRound(turn);
  const waiting = turn.state.role.reads;
  const done = waiting.filter(({ index, round }) => index !== null && round <= confirmed);
  for (const { token, index } of done) if (index !== null) turn.reads.push({ token, index });
  lead(turn, { reads: waiting.filter((pending) => !done.includes(pending)) });
  admitReads(turn);
  const isNext = turn.state.role.reads.some(({ round }) => round > turn.state.role.round);
  if (isNext && confirmed >= turn.state.role.round) startRound(turn);
}

/** Reads asked before the leader knew what is committed. */
function admitReads(turn: LeadingTurn): void {
  const { log, role } = turn.state;
  const reads = role.reads.map((pending) =>
    pending.index === null ? { ...pending, index: log.commit, round: role.round + 1 } : pending,
  );
  lead(turn, { reads });
}

export function refuseRead(turn: Turn, token: string, why: 'not-leading' | 'busy'): void {
  turn.refusals.push({ what: 'read', why, token });
}
