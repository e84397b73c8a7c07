import type { Log, LogFields } from '../../contract/ports.ts';

/** Least important first. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

export type WriteLine = (level: LogLevel, event: string, fields: LogFields) => void;

/** The methods of `Log` over one function that takes a line with all its fields; those of the line win. */
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
