import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/** How a newcomer gets in. */
export interface Admission {
  /** Addresses of nodes to ask. */
  readonly join: readonly string[];
  /** The token of an invitation. */
  readonly invite: string;
}

/**
 * Reads an admission, one line of JSON, from the standard input of a node that its supervisor has started before there
 * was anybody to join. A token that comes this way is in no argument or environment that others could read.
 *
 * @throws Fault `stopping` where the input ends or `signal` comes first, `malformed` where it says something else
 */
export async function readAdmission(input: Readable, signal: AbortSignal): Promise<Admission> {
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) return parseAdmission(line.slice(0, LIMITS.upLineBytesMax));
  } finally {
    lines.close();
    // Whoever else watches this input wants to see its end.
    input.resume();
  }
  throw new Fault('stopping', 'the supervisor went before it had let this node in');
}

function parseAdmission(line: string): Admission {
  const { join, invite } = parsed(line);
  const isList = Array.isArray(join) && join.every((url) => typeof url === 'string');
  if (!isList || typeof invite !== 'string') throw new Fault('malformed', 'that is no admission');
  return { join, invite };
}

function parsed(line: string): { readonly join?: unknown; readonly invite?: unknown } {
  try {
    return Object(JSON.parse(line));
  } catch {
    throw new Fault('malformed', 'an admission is one line of JSON');
  }
}
