import { Readable, Writable } from 'node:stream';
import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that remembers what was written to it. */
export interface MemoryTerminal extends Terminal {
  readonly output: () => string;
  readonly bytes: () => Buffer;
  readonly messages: () => string;
}

export function memoryTerminal(overrides: Partial<Terminal> = {}): MemoryTerminal {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  return {
    out: sinkInto(out),
    err: sinkInto(err),
    in: Readable.from([]),
    outIsTty: false,
    errIsTty: false,
    columns: 80,
    env: {},
    cwd: process.cwd(),
    ...overrides,
    output: () => Buffer.concat(out).toString(),
    bytes: () => Buffer.concat(out),
    messages: () => Buffer.concat(err).toString(),
  };
}

function sinkInto(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}
