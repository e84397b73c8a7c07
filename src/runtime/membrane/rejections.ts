import { LIMITS } from '../../contract/limits.ts';
import type { Clock, Log } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';
import type { RefusalCode } from './problem.ts';

interface Tally {
  count: number;
  /** Until when further ones are only counted, monotonic milliseconds. */
  quietUntil: number;
  unsaid: number;
}

/** Refusals of one key as a stranger's. */
interface Knocks {
  count: number;
  /** Monotonic milliseconds of the first. */
  readonly since: number;
}

/** A flood of refusals must not become a flood of log lines. */
const LOG_EVERY_MS = 10_000;

/** Counts what a membrane refused, by reason, and logs each reason at most once in ten seconds with what went unsaid. */
export class Rejections {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #tallies = new Map<RefusalCode, Tally>();
  /** Strangers of late, in the order of their first refusal. */
  readonly #strangers = new Map<NodeId, Knocks>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  count(code: RefusalCode, from: string | null, detail: string): void {
    const tally = this.#tallies.get(code) ?? { count: 0, quietUntil: 0, unsaid: 0 };
    this.#tallies.set(code, tally);
    tally.count += 1;
    const now = this.#clock.monotonic();
    if (code === 'not-a-member' && from !== null) this.#noteStranger(from, now);
    if (tally.count > 1 && now < tally.quietUntil) {
      tally.unsaid += 1;
      return;
    }
    this.#log.warn('membrane.rejected', { reason: code, from, detail, unsaid: tally.unsaid });
    tally.quietUntil = now + LOG_EVERY_MS;
    tally.unsaid = 0;
  }

  /**
   * What was refused lately of those who turn out to be members, because their admission had not come here yet, was no
   * stranger's knocking, and is taken out of the counts.
   */
  pardon(isMember: (node: NodeId) => boolean): void {
    for (const [node, knocks] of this.#strangers) {
      if (!isMember(node)) continue;
      this.#strangers.delete(node);
      if (this.#clock.monotonic() - knocks.since <= LIMITS.newcomerGraceMs) this.#takeBack(node, knocks.count);
    }
  }

  #takeBack(node: NodeId, count: number): void {
    const tally = this.#tallies.get('not-a-member');
    if (tally === undefined) return;
    tally.count -= count;
    if (tally.count === 0) this.#tallies.delete('not-a-member');
    this.#log.info('membrane.newcomer', { from: node, refused: count });
  }

  #noteStranger(node: NodeId, now: number): void {
    const knocks = this.#strangers.get(node);
    if (knocks !== undefined && now - knocks.since <= LIMITS.newcomerGraceMs) {
      knocks.count += 1;
      return;
    }
    this.#strangers.delete(node);
    for (const [other, { since }] of this.#strangers) {
      if (now - since <= LIMITS.newcomerGraceMs && this.#strangers.size < LIMITS.strangersNotedMax) break;
      this.#strangers.delete(other);
    }
    this.#strangers.set(node, { count: 1, since: now });
  }

  /** By reason, in alphabetical order. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#tallies].map(([code, { count }]) => [code, count] as const).sort(byName));
  }
}

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : 1;
}
