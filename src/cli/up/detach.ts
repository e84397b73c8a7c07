import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Fault, isFaultCode } from '../../contract/errors.ts';
import { withSignals } from '../interrupt.ts';
import { ownProgram } from './child.ts';
import type { WholeEvent } from './welcome.ts';

/** What a detached supervisor has to say. */
export const UP_LOG = 'up.log';

/** How much of the log is read when it fails. */
const LOG_TAIL_BYTES = 16_384;

/**
 * Runs the same `up` in a process group of its own, which outlives this terminal, and resolves when it says that the
 * organism is whole. Ctrl-C until then ends it.
 */
export async function detached(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<WholeEvent> {
  const path = join(folder, UP_LOG);
  const log = openSync(path, 'a');
  const from = statSync(path).size;
  const { command, args: script } = ownProgram();
  const child = spawn(command, [...script, 'up', '--json', '--data', folder, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', log],
    env,
  });
  closeSync(log);
  // The 'pipe' above makes it one, which the types of spawn don't follow.
  const stdout = child.stdout as Readable;
  const lines = createInterface({ input: stdout });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null }));
  const spoke = once(lines, 'line').then(([line]) => ({ line: String(line) }));
  const first = await withSignals(
    (name) => child.kill(name),
    () => Promise.race([spoke, ended]),
  );
  if (!('line' in first)) throw await failureIn(path, from, first.code);
  child.unref();
  stdout.destroy();
  return JSON.parse(first.line) as WholeEvent;
}

async function failureIn(path: string, from: number, code: number | null): Promise<Fault> {
  const said = await readFrom(path, from);
  for (const line of said.split('\n').reverse()) {
    const error = errorOf(line);
    if (error !== undefined) return error;
  }
  return new Fault('internal', `the organism could not be started (exit code ${code}); ${path} says more`);
}

function errorOf(line: string): Fault | undefined {
  if (!line.startsWith('{"error"')) return undefined;
  const { error } = JSON.parse(line) as { error: { code: string; detail: string } };
  return isFaultCode(error.code) ? new Fault(error.code, error.detail) : undefined;
}

async function readFrom(path: string, from: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(LOG_TAIL_BYTES), position: from });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
