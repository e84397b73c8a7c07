import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { Backlog } from './backlog.ts';
import type { IndexContext } from './context.ts';
import type { Reader } from './reader.ts';

/** How work ended. */
export interface Worked {
  /** Files that could not be had for now. */
  readonly left: number;
}

/** Reads the backlog, file by file, until nothing is left of it but what can't be had for now. */
export async function work(
  context: IndexContext,
  reader: Reader,
  backlog: Backlog,
  signal: AbortSignal,
): Promise<Worked> {
  const { memory, ports } = context;
  let failures = 0;
  for (
    let id = backlog.next();
    id !== undefined && failures < Math.min(backlog.size, LIMITS.backlogTriesMax);
    id = backlog.next()
  ) {
    try {
      await reader.read(id, signal);
      // It may have changed while it was read.
      if (reader.settled(id)) backlog.done(id);
      else backlog.postpone(id);
    } catch (error) {
      if (!isFault(error)) throw error;
      if (signal.aborted) throw new Fault('cancelled');
      failures++;
      backlog.postpone(id);
      ports.log.debug('memory.postponed', { file: id, code: error.code });
    }
    for (const part of backlog.whole()) memory.setWhole(part);
    await pause(ports.clock, 0, signal);
  }
  for (const part of backlog.whole()) memory.setWhole(part);
  return { left: backlog.size };
}
