import { LIMITS } from '../../../contract/limits.ts';

/**
 * How far a peer's log is, as its leader sees it. `probing`: the place where both logs part is looked for, one message at
 * a time. `streaming`: it is known, and records are sent ahead of their acknowledgements. `installing`: the peer lacks
 * records that are no longer at hand, and fetches them from the disk of another node.
 */
export interface Progress {
  readonly mode: 'probing' | 'streaming' | 'installing';
  /** The last index that the peer has on its disk, as it said itself in this epoch. */
  readonly match: number;
  /** The first index that has not been sent to it. */
  readonly next: number;
  /** While probing: nothing more is sent until the peer has answered. */
  readonly paused: boolean;
  /** While streaming: the last index of each append that has not been acknowledged, oldest first. */
  readonly inflight: readonly number[];
  /** While installing: the index that it has been told to come to. */
  readonly installTo: number;
  /** While installing: monotonic milliseconds after which it is tried again. */
  readonly installBy: number;
  /** The highest commit index that it has been sent; where that was lost, the next heartbeat says it again. */
  readonly told: number;
  /** When it was heard last in this epoch, monotonic milliseconds of this node. */
  readonly heardAt: number;
  /** The last round of heartbeats that it answered. */
  readonly round: number;
  /** When the heartbeat left that it answered last, monotonic milliseconds of this node. */
  readonly leasedFrom: number;
  /** It said that its disk may have forgotten votes and records: it replicates, but its word does not count. */
  readonly abstains: boolean;
  /** It lacks a record that it had acknowledged, without knowing it: its word does not count either. */
  readonly forgot: boolean;
}

/** Of a peer that nothing is known of; `last` is the end of the leader's log, where most peers are. */
export function unknownPeer(last: number, now: number): Progress {
  return {
    mode: 'probing',
    match: 0,
    next: last + 1,
    paused: false,
    inflight: [],
    installTo: 0,
    installBy: 0,
    told: 0,
    heardAt: now,
    round: 0,
    leasedFrom: Number.NEGATIVE_INFINITY,
    abstains: false,
    forgot: false,
  };
}

/** True where the peer's acknowledgements may commit entries and confirm leadership. */
export function counts({ abstains, forgot }: Progress): boolean {
  return !abstains && !forgot;
}

/** True where nothing should be sent now: an answer must come first. */
export function isHeldBack({ mode, paused, inflight }: Progress): boolean {
  if (mode === 'streaming') return inflight.length >= LIMITS.raftInflightMax;
  return mode === 'installing' || paused;
}

export function probingFrom(progress: Progress, next: number): Progress {
  return { ...progress, mode: 'probing', next: Math.max(next, progress.match + 1), paused: false, inflight: [] };
}

export function installing(progress: Progress, installTo: number, installBy: number): Progress {
  return { ...progress, mode: 'installing', installTo, installBy, paused: false, inflight: [] };
}

/** An append has been sent with records up to `last`, which is the record before them where there were none. */
export function sent(progress: Progress, last: number, commit: number): Progress {
  const next = { ...progress, told: Math.max(progress.told, commit) };
  if (progress.mode === 'probing') return { ...next, paused: true };
  return last < progress.next ? next : { ...next, next: last + 1, inflight: [...progress.inflight, last] };
}

/** The peer has everything up to `index` on its disk. `first`: the first index that the leader can still send. */
export function acknowledged(progress: Progress, index: number, first: number): Progress {
  const match = Math.max(progress.match, index);
  const next = Math.max(progress.next, match + 1);
  const inflight = progress.inflight.filter((last) => last > match);
  if (progress.mode === 'streaming') return { ...progress, match, next, inflight };
  // An install is over as soon as the peer has come to where the leader's records begin, however it got there. Where it has
  // come as far as it was told, and the records begin later by now, it must be told anew.
  if (progress.mode === 'installing' && match + 1 < first)
    return match < progress.installTo ? { ...progress, match } : probingFrom({ ...progress, match }, match + 1);
  return { ...progress, mode: 'streaming', match, next: match + 1, paused: false, inflight: [] };
}

/**
 * The peer has no record like the leader's at `asked`; `next` is where the leader would look instead. Undefined where the
 * message is older than what is known already.
 */
export function refuted(progress: Progress, asked: number, next: number): Progress | undefined {
  if (progress.mode === 'streaming') return asked > progress.match ? probingFrom(progress, next) : undefined;
  if (progress.mode === 'installing' || asked !== progress.next - 1) return undefined;
  return probingFrom(progress, Math.min(asked, next));
}

/** It answered a heartbeat, so it takes messages again: one more may be sent, even where the last ones were lost. */
export function awake(progress: Progress): Progress {
  const isFull = progress.mode === 'streaming' && isHeldBack(progress);
  return { ...progress, paused: false, inflight: isFull ? progress.inflight.slice(1) : progress.inflight };
}
