import type { Entry } from '../../../contract/entries.ts';
import type { EpochMs, NodeId } from '../../../contract/words.ts';
import type { Base } from './log.ts';
import type { RaftMessage } from './message.ts';

/** What can happen to a node; time is one of these events. */
export type RaftEvent =
  /** The time that the last step named in `wakeAt` has come. Any other moment is fine too. */
  | { readonly type: 'tick' }
  | { readonly type: 'receive'; readonly from: NodeId; readonly message: RaftMessage }
  /** Append an entry; `VOTERS` only by `reseat`. */
  | { readonly type: 'propose'; readonly entry: Entry }
  /** Make these the voters, by a joint step. Newcomers must have been learners long enough to be at the end of the log. */
  | { readonly type: 'reseat'; readonly voters: readonly NodeId[] }
  /** Replicate to these too; the leader's own wish, not in the log, and gone with its leadership. */
  | { readonly type: 'learners'; readonly nodes: readonly NodeId[] }
  /** The writes of the step that gave this ticket are on the disk, and so are all earlier ones. */
  | { readonly type: 'flushed'; readonly ticket: number }
  /** Up to which index must a linearizable read have applied the log? */
  | { readonly type: 'read'; readonly token: string }
  /** Everything up to `base` is here, proven by its voters; its writes belong to the same step as this event. */
  | { readonly type: 'installed'; readonly base: Base }
  /** Hand the lead over, to the voter that is furthest where none is named: before a pause, say. */
  | { readonly type: 'transfer'; readonly to: NodeId | null }
  /** Campaign without waiting for the time-out; with leases on, not while the leader has been heard lately. */
  | { readonly type: 'campaign' }
  /** The leader is surely gone: vote for others at once. Without effect where leases are on. */
  | { readonly type: 'forget' }
  /** An abstaining node has been made a voter anew: its word counts from now on. */
  | { readonly type: 'enroll' };

/** When and with what luck a step is taken: all that it sees of the world besides its event. */
export interface Instant {
  /** Milliseconds that only grow, within one life of the process. */
  readonly monotonic: number;
  /** Wall time, for the records that the step appends. */
  readonly wall: EpochMs;
  /** Uniform in [0, 1): spreads the time-outs of elections. */
  readonly chance: number;
}
