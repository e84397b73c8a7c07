import type { LogRecord } from '../../../contract/entries.ts';
import type { NodeId } from '../../../contract/words.ts';
import type { Mark } from './log.ts';
import type { Envelope } from './message.ts';
import type { Ballot, RaftState } from './state.ts';

/**
 * What a step decided. Whoever drives it makes `writes` durable before any of the rest leaves, those of earlier steps
 * first; the acknowledgement of records waits for the event `flushed` beyond that, because it carries a signature.
 */
export interface Outcome {
  readonly state: RaftState;
  readonly writes: Writes | null;
  readonly messages: readonly Envelope[];
  /** Newly committed, in order. */
  readonly committed: readonly LogRecord[];
  /** Reads that may be answered once the log is applied up to `index`. */
  readonly reads: readonly { readonly token: string; readonly index: number }[];
  readonly refusals: readonly Refusal[];
  /** What this node lacks and `from` has: at least up to `upTo`. Said again as long as it is so. */
  readonly install: { readonly from: NodeId; readonly upTo: Mark } | null;
  readonly notices: readonly Notice[];
  /** When the next `tick` is due, monotonic milliseconds; null where nothing happens by time alone. */
  readonly wakeAt: number | null;
}

export interface Writes {
  /** Absent where it did not change. */
  readonly ballot?: Ballot;
  /** Records after this index are void on the disk: to be removed before `records` are written. */
  readonly cutAfter?: number;
  readonly records: readonly LogRecord[];
  /** To be handed back in `flushed`, where there are records or a cut. */
  readonly ticket?: number;
}

/**
 * Why something asked of this node is not done. `not-leading`: only a leader could. `handing-over`: the next one will.
 * `busy`: too much waits already. `unsettled`: an earlier change, or the leader's own start, is not committed yet.
 * `unfit`: no list of voters, or nobody of that name can lead. `behind`: a newcomer is not at the end of the log yet.
 */
export interface Refusal {
  readonly what: 'propose' | 'reseat' | 'read' | 'transfer';
  readonly why: 'not-leading' | 'handing-over' | 'busy' | 'unsettled' | 'unfit' | 'behind';
  /** Of a read. */
  readonly token?: string;
}

/** What others should know of. */
export type Notice =
  /** A peer lives in a later generation than this node: its view must be adopted before anything else. */
  | { readonly notice: 'superseded'; readonly peer: NodeId; readonly generation: number }
  /** A peer's records contradict what is committed here, or don't hold together. They were not taken. */
  | { readonly notice: 'contradicted'; readonly peer: NodeId }
  /** A voter lost what it had acknowledged: it must be made a learner. */
  | { readonly notice: 'forgot'; readonly peer: NodeId };
