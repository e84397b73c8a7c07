/** What the organ remembers between its inputs. Nothing of it outlives the process: the disk says what this node holds. */
export interface ShardFacts {
  /** Sweeps under way. */
  readonly sweeps: number;
  /** A sweep was wanted while two were under way already. */
  readonly again: boolean;
  /** What the sweeps found that ended since none was under way. */
  readonly found: Found;
  /** How often in a row that left something open. */
  readonly retries: number;
  /** The timer that looks at fresh shards runs. */
  readonly settling: boolean;
  /** The timer that hands hints to the outbox runs. */
  readonly hinting: boolean;
  /** Audits so far: the next one's token. */
  readonly audits: number;
  /** When the slot map last changed, by `monotonic`. */
  readonly movedAt: number;
}

/** One that looks at everything, and one that started because something changed meanwhile. */
export const SWEEPS_MAX = 2;

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;

export interface Found {
  /** Copies that are missing still, or that nobody answered about. */
  readonly open: number;
  /** True where one of them looked at more than fresh shards. */
  readonly isAll: boolean;
}

export const NOTHING_FOUND: Found = { open: 0, isAll: false };

export function emptyFacts(movedAt: number): ShardFacts {
  return {
    sweeps: 0,
    again: false,
    found: NOTHING_FOUND,
    retries: 0,
    settling: false,
    hinting: false,
    audits: 0,
    movedAt,
  };
}

/** How long to wait after so many sweeps in a row that left something open: doubled each time, with jitter downwards. */
export function retryAfter(retries: number, random: number): number {
  const delayMs = Math.min(RETRY_MIN_MS * 2 ** Math.min(retries, 16), RETRY_MAX_MS);
  return Math.round(delayMs * (1 - random / 4));
}
