import { type FileHandle, open } from 'node:fs/promises';
import { LIMITS } from '../contract/limits.ts';

export interface LogEntry {
  /** Which node wrote it. */
  readonly node: string;
  readonly time: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The end of one node's log file, and what is added to it from then on. */
export class LogTail {
  readonly node: string;
  readonly #path: string;
  #position: number | undefined;
  #file = 0;
  /** The start of a line whose rest has not been written yet. */
  #rest = '';

  constructor(node: string, path: string) {
    this.node = node;
    this.#path = path;
  }

  /** What is new since the last call; the first call brings the last LIMITS.logsTailBytes. */
  async read(): Promise<LogEntry[]> {
    const handle = await openOrUndefined(this.#path);
    if (handle === undefined) return [];
    try {
      return entriesOf(this.node, await this.#readNew(handle));
    } finally {
      await handle.close();
    }
  }

  async #readNew(handle: FileHandle): Promise<string[]> {
    const { size, ino } = await handle.stat();
    // Another file, or a shorter one, is a log that has begun anew.
    if (ino !== this.#file || size < (this.#position ?? 0)) {
      this.#position = this.#position === undefined ? Math.max(0, size - LIMITS.logsTailBytes) : 0;
      this.#rest = '';
    }
    this.#file = ino;
    const from = this.#position ?? 0;
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.min(size - from, LIMITS.logsTailBytes)),
      position: from,
    });
    this.#position = from + bytesRead;
    const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}

async function openOrUndefined(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function entriesOf(node: string, lines: readonly string[]): LogEntry[] {
  return lines.flatMap((line) => {
    const fields = parseLine(line);
    return typeof fields?.time === 'string' ? [{ node, time: fields.time, fields }] : [];
  });
}

/** The first line read may be the second half of one. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** One log of several, in the order of time; lines of one node stay in their order. */
export function merged(logs: readonly (readonly LogEntry[])[]): LogEntry[] {
  return logs.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
