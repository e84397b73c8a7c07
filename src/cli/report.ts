import { CommanderError } from 'commander';
import { Fault, isFault } from '../contract/errors.ts';
import { problemOf } from '../contract/problem.ts';
import { say, type Terminal } from './terminal.ts';

const USAGE_EXIT = 2;

/** Says what went wrong on the error stream and returns the exit code. */
export function report(terminal: Terminal, error: unknown, json: boolean): number {
  // commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
  const fault = isFault(error) ? error : faultOfSystem(error);
  if (json) say(terminal, JSON.stringify({ error: problemOf(fault) }));
  else say(terminal, `peertree: ${fault.message}`);
  if (fault.code === 'internal' && error instanceof Error && terminal.env.PEERTREE_DEBUG !== undefined) {
    say(terminal, error.stack ?? '');
  }
  return fault.exit;
}

const SENTENCES: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not a folder',
  EROFS: 'the disk is read-only',
};

/** What the operating system refuses is the user's to mend, and said plainly; the rest is a defect. */
function faultOfSystem(error: unknown): Fault {
  const { code, path, message } = error as Partial<NodeJS.ErrnoException>;
  if (code === 'ENOSPC') return new Fault('disk-full', `${path ?? 'the disk'}: no room left`, { cause: error });
  const sentence = SENTENCES[code ?? ''];
  if (sentence !== undefined) return new Fault('system', `${path ?? code}: ${sentence}`, { cause: error });
  return new Fault('internal', `${message ?? error} (PEERTREE_DEBUG=1 shows more)`, { cause: error });
}
