import type { Readable, Writable } from 'node:stream';

/** The outside of the command line: what a test stands in for. */
export interface Terminal {
  /** For data. */
  readonly out: Writable;
  /** For messages and progress. */
  readonly err: Writable;
  readonly in: Readable;
  /** Whether a person reads `out`; then it may have colours. */
  readonly outIsTty: boolean;
  /** Whether a person reads `err`; then it may show progress. */
  readonly errIsTty: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function processTerminal(): Terminal {
  return {
    out: process.stdout,
    err: process.stderr,
    in: process.stdin,
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    env: process.env,
    cwd: process.cwd(),
  };
}

/** Writes and waits where the reader is slower, so that a long listing is not piled up in memory. */
export async function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (stream.write(text)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}

export function print(terminal: Terminal, line: string): Promise<void> {
  return write(terminal.out, `${line}\n`);
}

export function printJson(terminal: Terminal, value: object): Promise<void> {
  return print(terminal, JSON.stringify(value));
}

/** A message for people; never data. */
export function say(terminal: Terminal, line: string): void {
  terminal.err.write(`${line}\n`);
}

/** Control characters and those that turn the direction of writing: both can make a terminal show a lie. */
const DECEITFUL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others as it may be shown: what would steer the terminal becomes visible instead. */
export function printable(text: string): string {
  return text.replace(DECEITFUL, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
