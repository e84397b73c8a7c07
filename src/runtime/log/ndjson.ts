import { LIMITS } from '../../contract/limits.ts';
import type { Log, LogFields } from '../../contract/ports.ts';
import { FileSink } from './file-sink.ts';
import { LEVELS, type LogLevel, leveled } from './leveled.ts';

export interface NdjsonLogOptions {
  /** On every line. @default none */
  readonly fields?: LogFields;
  /** Lines below it are left out. @default 'info' */
  readonly level?: LogLevel;
  /** Of a file, before the next one begins. @default LIMITS.logFileBytesMax */
  readonly bytesMax?: number;
  /** Epoch milliseconds. @default the machine's clock */
  readonly now?: () => number;
}

export interface NdjsonLog extends Log {
  /** Lines that could not be written, because the disk is full for instance. The next line that can be says so. */
  readonly dropped: number;
  /** Writes what has gathered. */
  flush(): void;
  /** Flushes, and closes the file where there is one. Lines after it go nowhere. */
  close(): void;
}

/** Anything that takes text: `process.stderr`, a file. */
export interface LogSink {
  write(text: string): unknown;
  close?(): void;
}

/** How long lines gather, in milliseconds. */
const GATHER_MS = 100;

/**
 * A log of one JSON object a line: `{"time","level","event", ...fields}`. Lines gather for a moment; an error, a full
 * buffer, `close` and the end of the process write them at once. It never throws: a log must not be what ends a node.
 *
 * @example
 * const log = ndjsonLog(folder.logPath, { fields: { node: id } })
 * log.warn('store.full', { free: 0 }) // {"time":"2025-01-01T00:00:00.000Z","level":"warn","event":"store.full",...}
 */
export function ndjsonLog(target: string | LogSink, options: NdjsonLogOptions = {}): NdjsonLog {
  const sink = typeof target === 'string' ? new FileSink(target, options.bytesMax ?? LIMITS.logFileBytesMax) : target;
  const gatherer = new Gatherer(sink, options.now ?? Date.now);
  const lowest = LEVELS.indexOf(options.level ?? 'info');
  const write = (level: LogLevel, event: string, fields: LogFields): void => {
    if (LEVELS.indexOf(level) >= lowest) gatherer.add(level, event, fields);
  };
  return {
    ...leveled(write, options.fields ?? {}),
    get dropped() {
      return gatherer.dropped;
    },
    flush: () => gatherer.flush(),
    close: () => gatherer.close(),
  };
}

class Gatherer {
  readonly #sink: LogSink;
  readonly #now: () => number;
  readonly #flushAtExit = (): void => this.flush();
  #lines: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #untold = 0;
  #open = true;

  constructor(sink: LogSink, now: () => number) {
    this.#sink = sink;
    this.#now = now;
    process.on('exit', this.#flushAtExit);
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(level: LogLevel, event: string, fields: LogFields): void {
    if (!this.#open) return;
    const line = `${printed(new Date(this.#now()).toISOString(), level, event, fields)}\n`;
    this.#lines.push(line);
    this.#length += line.length;
    if (level === 'error' || this.#length >= LIMITS.logBufferBytesMax) this.flush();
    // A log alone must not keep a process alive: what is left is written at its exit.
    else this.#timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#length = 0;
    try {
      this.#sink.write(`${this.#confession()}${lines.join('')}`);
      this.#untold = 0;
    } catch {
      this.#dropped += lines.length;
      this.#untold += lines.length;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    process.off('exit', this.#flushAtExit);
    this.#sink.close?.();
  }

  #confession(): string {
    if (this.#untold === 0) return '';
    const time = new Date(this.#now()).toISOString();
    return `${printed(time, 'warn', 'log.dropped', { lines: this.#untold })}\n`;
  }
}

function printed(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const own = { time, level, event };
  const text = stringify({ ...own, ...fields, ...own });
  if (text !== undefined && Buffer.byteLength(text) < LIMITS.logLineBytesMax) return text;
  return JSON.stringify({ time, level, event: event.slice(0, 256), leftOut: text?.length ?? 'unprintable' });
}

/** Undefined for what JSON can't hold, whatever the types have promised. */
function stringify(line: LogFields): string | undefined {
  try {
    return JSON.stringify(line);
  } catch {
    return undefined;
  }
}
