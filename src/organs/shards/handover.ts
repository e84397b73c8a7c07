import { Fault } from '../../contract/errors.ts';
import { pause } from '../../contract/pause.ts';
import type { NodeId } from '../../contract/words.ts';
import { isLive, type ShardContext, tellOrgan } from './context.ts';
import type { Repair } from './repair.ts';
import { cellsOf } from './rules.ts';

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

/**
 * Sees to it that every shard of this node is held by as many others as it should be, and then resolves: the node may go.
 * From its start on the node takes no copies in. The last node of a tree has nobody to hand anything to.
 *
 * @throws Fault `cancelled`, after which the node stays
 */
export async function handOver(context: ShardContext, repair: Repair, signal: AbortSignal): Promise<void> {
  const { tree, opinions } = context;
  opinions.leaving = true;
  tellOrgan(context, 'shards.leaving', null);
  const others = cellsOf(tree.view(), tree.tree).filter((node) => node !== tree.self);
  if (others.length === 0) return;
  try {
    await untilHeld(context, repair, others, signal);
  } catch (error) {
    opinions.leaving = false;
    tellOrgan(context, 'shards.staying', null);
    throw error;
  }
}

async function untilHeld(
  context: ShardContext,
  repair: Repair,
  others: readonly NodeId[],
  signal: AbortSignal,
): Promise<void> {
  for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
    const isAnybodyLive = others.some((node) => isLive(context, node));
    // All of them each time: what was confirmed long ago is not enough to go by for the last time.
    const open = await repair.sweep({ scope: 'all', leaving: true, signal });
    if (signal.aborted) throw new Fault('cancelled');
    if (open === 0 && (isAnybodyLive || context.index.size === 0)) return;
    await pause(context.ports.clock, delayMs, signal);
  }
}
