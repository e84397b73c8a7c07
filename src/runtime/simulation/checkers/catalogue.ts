import type { Invariant } from '../invariant.ts';
import { acknowledgedIsFlushed } from './acknowledged-is-flushed.ts';
import { broadcastsAreGenuine } from './broadcasts-are-genuine.ts';
import { broadcastsComeOnce } from './broadcasts-come-once.ts';
import { broadcastsInOneOrder } from './broadcasts-in-one-order.ts';
import { broadcastsInOrder } from './broadcasts-in-order.ts';
import { broadcastsReachAll } from './broadcasts-reach-all.ts';
import { committedIsKept } from './committed-is-kept.ts';
import { edgesWithoutCycle } from './edges-without-cycle.ts';
import { effectsComeOnce } from './effects-come-once.ts';
import { groupsOfCommittedView } from './groups-of-committed-view.ts';
import { headsAreKept } from './heads-are-kept.ts';
import { incarnationsGrow } from './incarnations-grow.ts';
import { joinsInOrder } from './joins-in-order.ts';
import { messagesAreSomewhere } from './messages-are-somewhere.ts';
import { noActWithoutQuorum } from './no-act-without-quorum.ts';
import { nobodyIsAGuest } from './nobody-is-a-guest.ts';
import { nothingThrows } from './nothing-throws.ts';
import { oneCellPerSlot } from './one-cell-per-slot.ts';
import { oneLeaderPerEpoch } from './one-leader-per-epoch.ts';
import { oneLog } from './one-log.ts';
import { oneSovereignTree } from './one-sovereign-tree.ts';
import { promisesComeDue } from './promises-come-due.ts';
import { queuesAreBounded } from './queues-are-bounded.ts';
import { queuesRunEmpty } from './queues-run-empty.ts';
import { registersAreLinearizable } from './registers-are-linearizable.ts';
import { replaceMovesLast } from './replace-moves-last.ts';
import { restartsRemember } from './restarts-remember.ts';
import { slotsAreLiveCells } from './slots-are-live-cells.ts';
import { slotsWithoutGap } from './slots-without-gap.ts';
import { theLivingStay } from './the-living-stay.ts';
import { timersEndWithActors } from './timers-end-with-actors.ts';
import { viewsAreProven } from './views-are-proven.ts';
import { votersChangeJointly } from './voters-change-jointly.ts';

/** Every invariant that a checker of one world can hold, in the order of docs/invariants.md. */
export const INVARIANTS: readonly Invariant[] = [
  oneLeaderPerEpoch,
  oneLog,
  committedIsKept,
  viewsAreProven,
  votersChangeJointly,
  registersAreLinearizable,
  acknowledgedIsFlushed,
  headsAreKept,
  slotsWithoutGap,
  joinsInOrder,
  replaceMovesLast,
  oneCellPerSlot,
  noActWithoutQuorum,
  theLivingStay,
  edgesWithoutCycle,
  groupsOfCommittedView,
  incarnationsGrow,
  broadcastsAreGenuine,
  broadcastsComeOnce,
  broadcastsInOrder,
  broadcastsInOneOrder,
  effectsComeOnce,
  messagesAreSomewhere,
  queuesAreBounded,
  timersEndWithActors,
  restartsRemember,
  nothingThrows,
  promisesComeDue,
  oneSovereignTree,
  slotsAreLiveCells,
  broadcastsReachAll,
  queuesRunEmpty,
  nobodyIsAGuest,
];
