import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext, standpoint } from './context.ts';
import { addTo } from './group.ts';
import { ranked } from './ranking.ts';
import { isSurplus, mayDrop, type Standpoint, samePlacement } from './rules.ts';
import type { Shelf } from './shelf.ts';
import { inSlices, inWindow } from './window.ts';

const HAVE_DEADLINE_MS = 2_000;

/**
 * Gives up copies that this node no longer has to hold, each only after all of its ranked cells promised theirs. Resolves
 * to how many went.
 */
export async function trim(context: ShardContext, shelf: Shelf, signal: AbortSignal): Promise<number> {
  const at = standpoint(context);
  const { tree } = context;
  const surplus = await surplusOf(context, at);
  if (surplus.length === 0) return 0;
  const call = linked(signal);
  const promised = await promises(context, at, surplus, call.signal).finally(call.unlink);
  // The promises were given for the map that was asked about.
  if (signal.aborted || !samePlacement(at.view, tree.view(), tree.tree)) return 0;
  const none: ReadonlySet<NodeId> = new Set();
  const dropped = surplus.filter((hash) => mayDrop(at, hash, promised.get(hash) ?? none));
  for (let from = 0; from < dropped.length; from += LIMITS.haveBatchMax) {
    await shelf.drop(dropped.slice(from, from + LIMITS.haveBatchMax));
  }
  if (dropped.length > 0) context.ports.log.info('shards.trimmed', { shards: dropped.length });
  return dropped.length;
}

async function surplusOf(context: ShardContext, at: Standpoint): Promise<ShardHash[]> {
  const { index, ports } = context;
  const surplus: ShardHash[] = [];
  await inSlices(ports.clock, index.hashes(), LIMITS.repairSlice, (hash) => {
    // One that just came in may be on its way to the cells that should have it.
    const isTrimmable = surplus.length < LIMITS.trimBatchMax && !index.isFresh(hash) && isSurplus(at, hash);
    if (isTrimmable) surplus.push(hash);
  });
  return surplus;
}

/** Which ranked cells promise to keep which of these. */
async function promises(
  context: ShardContext,
  at: Standpoint,
  surplus: readonly ShardHash[],
  signal: AbortSignal,
): Promise<ReadonlyMap<ShardHash, ReadonlySet<NodeId>>> {
  const asked = new Map<NodeId, ShardHash[]>();
  const promised = new Map<ShardHash, Set<NodeId>>();
  for (const hash of surplus) {
    const cells = ranked(at.view, at.tree, hash, at.copies);
    // One that can't be asked can't promise: then there is no use in asking the others.
    if (!cells.every((node) => isLive(context, node))) continue;
    for (const node of cells) addTo(asked, node, hash);
    promised.set(hash, new Set());
  }
  const ask = async (node: NodeId, hashes: readonly ShardHash[]): Promise<void> => {
    const body = { hashes, held: false, promise: true };
    const answer = await context.tree.ask(node, 'shards.have', body, { deadlineMs: HAVE_DEADLINE_MS, signal });
    const { have } = answer as { readonly have: readonly boolean[] };
    for (const [index, hash] of hashes.entries()) if (have[index] === true) promised.get(hash)?.add(node);
  };
  await inWindow([...asked], LIMITS.repairAsksMax, async ([node, hashes]) => {
    try {
      for (let from = 0; from < hashes.length; from += LIMITS.haveBatchMax) {
        await ask(node, hashes.slice(from, from + LIMITS.haveBatchMax));
      }
    } catch (error) {
      if (!isFault(error)) throw error;
      context.ports.log.debug('shards.trim-unanswered', { node, code: error.code });
    }
  });
  return promised;
}
