import { LIMITS } from '../../contract/limits.ts';
import type { Frame } from '../../contract/wire.ts';
import type { NodeId } from '../../contract/words.ts';
import { ReplayWindow } from './replay-window.ts';

/** What a receiver remembers of one incarnation of one sender. It starts anew with every incarnation. */
export interface PeerRecord {
  readonly incarnation: number;
  /** Grows with everything that is heard of anybody: the lowest one was heard least recently. */
  heardAs: number;
  /** Numbers used on the control lane, where frames may overtake each other. */
  readonly control: ReplayWindow;
  /** The highest number taken on the ordered lane. */
  orderedSeq: number;
  /** Settles when the last ordered frame taken has been worked on. */
  tail: Promise<unknown>;
}

/**
 * The senders a node has heard, bounded, least recently heard out first. A sender that was forgotten starts anew: that
 * costs the recognition of its old repeats, and nothing else, since what they carry is recognised by its id.
 */
export class PeerRecords {
  readonly #records = new Map<NodeId, PeerRecord>();
  #heard = 0;

  /** The sender's record; undefined where a higher incarnation of it has been heard. */
  meet(node: NodeId, incarnation: number): PeerRecord | undefined {
    const known = this.#records.get(node);
    if (known !== undefined && known.incarnation > incarnation) return undefined;
    this.#heard += 1;
    if (known?.incarnation === incarnation) {
      known.heardAs = this.#heard;
      return known;
    }
    const record = freshRecord(incarnation, known, this.#heard);
    this.#records.set(node, record);
    if (this.#records.size > LIMITS.nodesMax) this.#forgetOldest();
    return record;
  }

  /** 0 where the node hasn't been heard. */
  incarnationOf(node: NodeId): number {
    return this.#records.get(node)?.incarnation ?? 0;
  }

  #forgetOldest(): void {
    let oldest: NodeId | undefined;
    let heardAs = Number.POSITIVE_INFINITY;
    for (const [node, record] of this.#records) {
      if (record.heardAs >= heardAs) continue;
      oldest = node;
      heardAs = record.heardAs;
    }
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}

/** Uses up the frame's number; false where it is used already, or older than what came since on the ordered lane. */
export function takeSeq(record: PeerRecord, frame: Frame): boolean {
  if (frame.lane === 'control') return record.control.take(frame.seq);
  if (frame.seq <= record.orderedSeq) return false;
  record.orderedSeq = frame.seq;
  return true;
}

function freshRecord(incarnation: number, previous: PeerRecord | undefined, heardAs: number): PeerRecord {
  // What the earlier incarnation sent is finished first: order holds across a restart.
  return {
    incarnation,
    heardAs,
    control: new ReplayWindow(),
    orderedSeq: 0,
    tail: previous?.tail ?? Promise.resolve(),
  };
}
