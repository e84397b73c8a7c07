import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { FileId } from '../../contract/words.ts';
import { partOf, partsOf } from './assignment.ts';
import type { Backlog } from './backlog.ts';
import { type IndexContext, mapOf } from './context.ts';
import type { Reader } from './reader.ts';
import { rowRemoval } from './rows.ts';

/** Files that are looked at before others have their turn. */
const FILES_A_TURN = 256;

/**
 * Compares what this cell should remember with what it does: takes over the parts that are its own by the newest slots,
 * forgets what is gone, and puts in the backlog what is to be read.
 */
export async function compare(
  context: IndexContext,
  reader: Reader,
  backlog: Backlog,
  signal: AbortSignal,
): Promise<void> {
  const { memory, catalogue, ports, tree } = context;
  takeParts(context);
  // Of a file that is gone the row is dropped in its turn.
  for (const id of memory.ids()) if (!reader.settled(id) || memory.outcome(id) === undefined) backlog.add(id);
  backlog.overflown = false;
  const missing = new Map<number, Set<FileId>>(unwhole(context).map((part) => [part, new Set<FileId>()]));
  let after: FileId | undefined;
  for (;;) {
    const page = catalogue.page({ limit: FILES_A_TURN, ...(after === undefined ? {} : { after }) });
    for (const { id } of page) {
      if (!memory.holds(id) || reader.settled(id)) continue;
      backlog.add(id);
      missing.get(partOf(id))?.add(id);
    }
    after = page.at(-1)?.id;
    if (after === undefined) break;
    await pause(ports.clock, 0, signal);
  }
  for (const [part, ids] of missing) backlog.await(part, ids);
  ports.log.debug('memory.compared', { tree: tree.tree, parts: memory.parts.length, waiting: backlog.size });
}

/** Lets go of the parts of others, their rows as well. */
function takeParts(context: IndexContext): void {
  const { memory, ports, tree } = context;
  const map = mapOf(context);
  const strange = memory.hold(map === undefined ? [] : partsOf(map, tree.self));
  for (let at = 0; at < strange.length; at += LIMITS.haveBatchMax) {
    const removals = strange.slice(at, at + LIMITS.haveBatchMax).map((id) => rowRemoval(context, id));
    ports.store
      .commit(removals)
      .catch((error: unknown) => ports.log.warn('memory.unremoved', { error: String(error) }));
  }
}

const unwhole = ({ memory }: IndexContext): number[] => memory.parts.filter((part) => !memory.isWhole(part));
