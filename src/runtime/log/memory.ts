import { LIMITS } from '../../contract/limits.ts';
import type { Log, LogFields } from '../../contract/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

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

type WriteLine = (level: LogLevel, event: string, fields: LogFields) => void;

/** The methods of `Log` over one function that takes a line with all its fields. */
export function leveled(write: WriteLine, own: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void =>
      write(level, event, { ...own, ...fields });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => leveled(write, { ...own, ...fields }),
  };
}
