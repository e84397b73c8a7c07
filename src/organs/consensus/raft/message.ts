import type { LogRecord } from '../../../contract/entries.ts';
import type { NodeId } from '../../../contract/words.ts';
import type { Mark } from './log.ts';

/** What voters, learners and their leader say to each other. */
export type RaftBody =
  /** Would I get your vote in the epoch after `epoch`? Asked before an epoch is spent on a campaign. */
  | { readonly type: 'preVote'; readonly last: Mark }
  /** `asked` is the epoch that the vote would be for. */
  | { readonly type: 'preVoted'; readonly asked: number; readonly granted: boolean }
  /** `byTransfer`: the leader itself wants it, so that having heard it lately is no reason to refuse. */
  | { readonly type: 'vote'; readonly last: Mark; readonly byTransfer: boolean }
  | { readonly type: 'voted'; readonly granted: boolean }
  /** The records that follow `after`; none where only `commit` is news or the place is looked for. */
  | {
      readonly type: 'append';
      readonly after: Mark;
      readonly records: readonly LogRecord[];
      readonly commit: number;
    }
  /** Everything up to `index` is on the sender's disk, and the same as the leader's. */
  | { readonly type: 'appended'; readonly index: number; readonly abstains: boolean }
  /** No record like the one at `asked`. The logs can't be alike beyond `hint`. */
  | { readonly type: 'rejected'; readonly asked: number; readonly hint: Mark; readonly abstains: boolean }
  /** `commit` is what the receiver has acknowledged of what is committed. `sentAt` comes back as it is. */
  | { readonly type: 'heartbeat'; readonly commit: Mark; readonly round: number; readonly sentAt: number }
  /** `lacks`: it has no such record as `commit`, although it must have said so once: its disk has forgotten. */
  | {
      readonly type: 'heard';
      readonly round: number;
      readonly sentAt: number;
      readonly lacks: boolean;
      readonly abstains: boolean;
    }
  /** The records that you lack are no longer at hand: fetch the organism's log, at least up to `upTo`. */
  | { readonly type: 'snapshot'; readonly upTo: Mark }
  /** Campaign now: the leader wants you to follow it. */
  | { readonly type: 'transfer' }
  /** The answer to a message of an earlier epoch or generation: its sender has missed something. */
  | { readonly type: 'stale' };

/** Every message is fenced: it counts only in its generation, and only until a later epoch is known. */
export type RaftMessage = RaftBody & { readonly generation: number; readonly epoch: number };

export interface Envelope {
  readonly to: NodeId;
  readonly message: RaftMessage;
}
