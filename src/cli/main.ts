#!/usr/bin/env node
import { runCli } from './program.ts';
import { processTerminal } from './terminal.ts';

// `peertree ls | head` closes our output early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// The exit is explicit: an interrupted `put -` would otherwise wait for a standard input that nobody closes.
process.exit(await runCli(process.argv.slice(2), processTerminal()));
