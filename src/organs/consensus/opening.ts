import type { LogRecord } from '../../contract/entries.ts';
import type { Timing } from '../../contract/limits.ts';
import type { Moment } from '../../contract/organ.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { type ConsensusFacts, type ReadableStore, storedAfter } from './facts.ts';
import {
  type Ballot,
  type Base,
  begin,
  type Instant,
  NOBODY,
  RAFT_DEFAULTS,
  type RaftState,
  type RaftTuning,
} from './raft/index.ts';
import { ROOT_HASH } from './records.ts';

/** Where the ballot is kept: whom this node voted for in which epoch. */
export const BALLOT = 'ballot';

export interface OpeningOptions {
  readonly self: NodeId;
  readonly store: ReadableStore;
  readonly timing: Timing;
}

/** Luck is drawn only where it is needed: most steps need none. */
export function instantOf(moment: Moment): Instant {
  return {
    monotonic: moment.monotonic,
    wall: moment.now,
    get chance() {
      return moment.random();
    },
  };
}

export function baseOf({ version, epoch, hash, voters, leaving = [] }: View): Base {
  return { index: version, epoch, hash, electorate: { voters, leaving } };
}

const NO_BASE: Base = { index: 0, epoch: 0, hash: ROOT_HASH, electorate: NOBODY };

/**
 * The log's rules as they go on from the disk: everything proven is committed, and what follows may be. A ballot of an
 * earlier generation counts no more.
 */
export function opened(
  facts: Pick<ConsensusFacts, 'view' | 'abstains'>,
  { self, store, timing }: OpeningOptions,
  moment: Moment,
): RaftState {
  const { view } = facts;
  const records = [...storedAfter(store, view?.version ?? 0)];
  // A generation that was begun here may not be proven yet.
  const generation = records.at(-1)?.generation ?? view?.generation ?? 1;
  const known = store.get('meta', BALLOT) as unknown as Ballot | undefined;
  const ballot = known?.generation === generation ? known : { generation, epoch: 0, vote: null };
  const newest = Math.max(view?.epoch ?? 0, records.at(-1)?.epoch ?? 0);
  const base = view === null ? NO_BASE : baseOf(view);
  const origin = {
    self,
    generation,
    epoch: Math.max(ballot.epoch, newest),
    vote: ballot.epoch >= newest ? ballot.vote : null,
    abstains: facts.abstains,
    base,
    records,
    commit: base.index,
  };
  return begin(origin, tuningOf(timing), instantOf(moment));
}

/** Of a founder, whose first record is on its way to the disk with the step that this belongs to. */
export function founded({ self, timing }: OpeningOptions, record: LogRecord, moment: Moment): RaftState {
  const { generation, epoch } = record;
  const origin = { self, generation, epoch, vote: null, abstains: false, base: NO_BASE, records: [record], commit: 0 };
  return begin(origin, tuningOf(timing), instantOf(moment));
}

/** The one voter of a new generation, which goes on from its view; records beyond that are given up. */
export function promoted(raft: RaftState, view: View, record: LogRecord, instant: Instant): RaftState {
  const { generation, epoch } = record;
  const origin = {
    self: raft.self,
    generation,
    epoch,
    vote: null,
    abstains: false,
    base: baseOf(view),
    records: [record],
    commit: view.version,
  };
  return replacing(raft, begin(origin, raft.tuning, instant));
}

/** Of a node that was led to a later generation: all that it had beyond is void. */
export function succeeded(raft: RaftState, view: View, abstains: boolean, instant: Instant): RaftState {
  const { generation, epoch } = view;
  const origin = {
    self: raft.self,
    generation,
    epoch,
    vote: null,
    abstains,
    base: baseOf(view),
    records: [],
    commit: view.version,
  };
  return replacing(raft, begin(origin, raft.tuning, instant));
}

/** Flushes that are still under way are told of by their tickets, which must not be taken for later ones. */
function replacing({ log: { nextTicket } }: RaftState, next: RaftState): RaftState {
  return { ...next, log: { ...next.log, nextTicket } };
}

function tuningOf({ heartbeatMs, electionMinMs, electionMaxMs }: Timing): RaftTuning {
  return { ...RAFT_DEFAULTS, heartbeatMs, electionMinMs, electionMaxMs };
}

/** True where this node alone decides, so that nobody need be asked whether it may lead. */
export function isAlone({ self, log: { electorate } }: RaftState): boolean {
  const { voters, leaving } = electorate;
  return voters.length === 1 && voters[0] === self && leaving.length === 0;
}
