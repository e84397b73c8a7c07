#!/usr/bin/env node
import type { Writable } from 'node:stream';
import { runCli } from './program.ts';
import { processTerminal } from './terminal.ts';

// `peertree ls | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** A pipe that its reader has not emptied yet still has to take what was written last. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const code = await runCli(process.argv.slice(2), processTerminal());
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// The exit is explicit: an interrupted `put -` would otherwise wait for a standard input that nobody closes.
process.exit(code);
