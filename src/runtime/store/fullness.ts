import { LIMITS } from '../../contract/limits.ts';
import type { Write } from '../../contract/ports.ts';
import { onlyRemoves } from './pending.ts';

/**
 * Whether the disk takes writes. Once it said that it has no room, everything but removals is refused without asking it,
 * except one commit each `LIMITS.storeRetryMs`: room may come back from outside, and nobody would tell.
 */
export class Fullness {
  readonly #monotonic: () => number;
  /** When the disk is asked again; undefined while it has room. */
  #retryAt: number | undefined = undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isTold = false;

  /** @param monotonic milliseconds that only grow */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  get full(): boolean {
    return this.#retryAt !== undefined;
  }

  /** Whether the disk is to be asked. What then comes of it is to be told, by `filled` or by `hasRoom`. */
  admits(writes: readonly Write[]): boolean {
    if (this.#retryAt === undefined || writes.length === 0 || onlyRemoves(writes)) return true;
    if (this.#monotonic() < this.#retryAt) return false;
    this.#wait();
    return true;
  }

  /**
   * The disk had no room. True where that is news: not so again within `LIMITS.unstoredLogMs`, as a disk that takes little
   * things and no large ones has room and none by turns.
   */
  filled(): boolean {
    const now = this.#monotonic();
    const isNews = !this.full && now - this.#toldAt >= LIMITS.unstoredLogMs;
    if (isNews) {
      this.#toldAt = now;
      this.#isTold = true;
    }
    this.#wait();
    return isNews;
  }

  /** The disk took what it was asked while it was full. True where it was news that it was. */
  hasRoom(): boolean {
    const isNews = this.full && this.#isTold;
    this.#retryAt = undefined;
    this.#isTold = false;
    return isNews;
  }

  #wait(): void {
    this.#retryAt = this.#monotonic() + LIMITS.storeRetryMs;
  }
}
