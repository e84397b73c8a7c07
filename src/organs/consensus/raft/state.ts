import type { LogRecord } from '../../../contract/entries.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId } from '../../../contract/words.ts';
import { electorsOf, isElector, type Votes } from './electorate.ts';
import type { Instant } from './event.ts';
import { type Base, openElectorates, openLog, type RaftLog } from './log.ts';
import type { Progress } from './progress.ts';

/** All in milliseconds. `electionMinMs` must be several heartbeats, so that the loss of one starts no campaign. */
export interface RaftTiming {
  readonly heartbeatMs: number;
  /** A voter that has heard its leader within this time helps nobody else to its place. */
  readonly electionMinMs: number;
  /** The silence after which a voter campaigns is drawn anew each time, between the two. */
  readonly electionMaxMs: number;
}

export interface RaftTuning extends RaftTiming {
  /**
   * Reads are answered without asking the others while a majority has heard the leader lately. Right only where clocks
   * run equally fast, within a tenth.
   *
   * @default false
   */
  readonly lease: boolean;
  /**
   * Committed records that are kept at hand for peers that lag: so many at least, twice as many at most.
   *
   * @default LIMITS.raftWindow
   */
  readonly window: number;
}

/** What must survive a crash: flushed before anything leaves that depends on it. */
export interface Ballot {
  readonly generation: number;
  readonly epoch: number;
  /** Whom this node voted for in the epoch. */
  readonly vote: NodeId | null;
}

export interface RaftState extends Ballot {
  readonly self: NodeId;
  readonly tuning: RaftTuning;
  readonly log: RaftLog;
  /** Its disk may have forgotten votes and records: it neither votes nor campaigns, and says so in its answers. */
  readonly abstains: boolean;
  readonly role: Role;
}

export type Role = Following | Canvassing | Campaigning | Leading;

export interface Following {
  readonly mode: 'following';
  readonly leader: NodeId | null;
  /** When a leader was heard last, monotonic milliseconds. */
  readonly heardAt: number;
  /** Up to here the log is surely the leader's of this epoch. */
  readonly matched: number;
  /** The highest index acknowledged to it. */
  readonly acked: number;
  /** Monotonic milliseconds. */
  readonly electionAt: number;
}

/** Asks whether a campaign would succeed. */
export interface Canvassing {
  readonly mode: 'canvassing';
  readonly votes: Votes;
  readonly electionAt: number;
}

export interface Campaigning {
  readonly mode: 'campaigning';
  readonly votes: Votes;
  readonly electionAt: number;
}

export interface Leading {
  readonly mode: 'leading';
  /** The index of the `LEAD` entry: until it is committed nothing is known of what earlier leaders committed. */
  readonly opened: number;
  readonly progress: { readonly [node: NodeId]: Progress };
  readonly learners: readonly NodeId[];
  /** The last round of heartbeats. */
  readonly round: number;
  readonly beatAt: number;
  readonly reads: readonly PendingRead[];
  readonly handover: Handover | null;
  /** A `transfer` once sent may start a campaign at any later time, whatever leases say. */
  readonly leaseBroken: boolean;
}

/** A read that waits until a majority has confirmed that this node still led after it was asked. */
export interface PendingRead {
  readonly token: string;
  /** Null until the `LEAD` entry is committed. */
  readonly index: number | null;
  readonly round: number;
}

export interface Handover {
  readonly to: NodeId;
  /** Monotonic milliseconds after which it is given up. */
  readonly until: number;
  readonly isSent: boolean;
}

/** What a node starts from: its disk, and who it is. */
export interface Origin extends Ballot {
  readonly self: NodeId;
  readonly abstains: boolean;
  readonly base: Base;
  readonly records: readonly LogRecord[];
  /** What is known to be committed; everything up to `base` is. */
  readonly commit: number;
}

export const RAFT_DEFAULTS: Pick<RaftTuning, 'lease' | 'window'> = { lease: false, window: LIMITS.raftWindow };

/** A node at its start: a follower that knows no leader. */
export function begin(origin: Origin, tuning: RaftTuning, instant: Instant): RaftState {
  const { self, generation, epoch, vote, abstains, base, records, commit } = origin;
  const role: Following = {
    mode: 'following',
    leader: null,
    // Where leases are on, a promise made before the restart may still hold.
    heardAt: tuning.lease ? instant.monotonic : Number.NEGATIVE_INFINITY,
    matched: 0,
    acked: 0,
    electionAt: electionAt(tuning, instant),
  };
  return { self, tuning, generation, epoch, vote, abstains, log: openLog(base, records, commit), role };
}

/** When a node that hears nothing from now on campaigns. */
export function electionAt({ electionMinMs, electionMaxMs }: RaftTiming, { monotonic, chance }: Instant): number {
  return monotonic + electionMinMs + Math.floor(chance * (electionMaxMs - electionMinMs));
}

/** Whom this node holds for the leader of its epoch. */
export function leaderIn({ role, self }: RaftState): NodeId | null {
  if (role.mode === 'leading') return self;
  return role.mode === 'following' ? role.leader : null;
}

/**
 * True where this node may campaign: by its own log its word counts, or did until a change that is not committed yet. A
 * leader that takes itself out may hold the only copy of that change, and nobody could be elected against its longer log.
 */
export function isPromotable({ abstains, log, self }: RaftState): boolean {
  return !abstains && openElectorates(log).some((electorate) => isElector(electorate, self));
}

/** Everybody to whom a leader replicates. */
export function peersOf({ log, self }: RaftState, { learners }: Pick<Leading, 'learners'>): readonly NodeId[] {
  return [...new Set([...electorsOf(log.electorate), ...learners])].filter((node) => node !== self);
}

/** When the next `tick` is due, monotonic milliseconds; null where nothing happens by time alone. */
export function wakeAt(state: RaftState): number | null {
  const { role } = state;
  if (role.mode === 'leading') return Object.keys(role.progress).length > 0 ? role.beatAt : null;
  return isPromotable(state) ? role.electionAt : null;
}
