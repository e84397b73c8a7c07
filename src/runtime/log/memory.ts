import { LIMITS } from '../../contract/limits.ts';
import type { Log, LogFields } from '../../contract/ports.ts';
import { type LogLevel, leveled } from './leveled.ts';

export type { LogLevel } from './leveled.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  /** Those of the log and of the line; the line's win. */
  readonly fields: LogFields;
}

export interface MemoryLog extends Log {
  /** Oldest first, those of all children included. */
  readonly lines: readonly LogLine[];
  /** Lines that had to make room. */
  readonly dropped: number;
}

/**
 * A log for tests and simulations.
 *
 * @example
 * const log = memoryLog()
 * log.warn('store.full')
 * log.lines // [{ level: 'warn', event: 'store.full', fields: {} }]
 */
export function memoryLog(options: { readonly linesMax?: number } = {}): MemoryLog {
  const linesMax = options.linesMax ?? LIMITS.memoryLogLinesMax;
  const lines: LogLine[] = [];
  let dropped = 0;
  const write = (level: LogLevel, event: string, fields: LogFields): void => {
    if (lines.length >= linesMax) {
      lines.shift();
      dropped += 1;
    }
    lines.push({ level, event, fields });
  };
  return {
    ...leveled(write, {}),
    lines,
    get dropped() {
      return dropped;
    },
  };
}
