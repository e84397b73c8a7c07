import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext, standpoint } from './context.ts';
import { hedge } from './hedge.ts';
import { cellsOf, seekOrder } from './rules.ts';

/** The share of a get's deadline after which a slow holder gets company. */
const HEDGE_SHARE = 10;
/** How many ranked cells are asked at once at most. */
const LIKELY_WIDTH = 3;

/** What a peer has of a shard; undefined where it has nothing. */
export type Attempt<T> = (node: NodeId, options: CallOptions) => Promise<T | undefined>;

export interface SeekOptions extends CallOptions {
  /** True where this node had a copy that was damaged: then nobody may say that it never existed. */
  readonly damaged?: boolean;
  /** A cell that is known to have had it: it is asked before all others. */
  readonly first?: NodeId;
}

/**
 * Looks for a shard at other cells: the ranked ones of this view, those of earlier views, then everybody else.
 *
 * @throws Fault `not-found` only where every cell of the map said no; `corrupt` where bad copies were all there was;
 * `maybe-elsewhere`, `cancelled`
 */
export async function seek<T>(
  context: ShardContext,
  hash: ShardHash,
  attempt: Attempt<T>,
  options: SeekOptions,
): Promise<T> {
  const { tree } = context;
  const { clock } = context.ports;
  const deadlineMs = options.deadlineMs ?? LIMITS.askDeadlineMs;
  const endAt = clock.monotonic() + deadlineMs;
  const { likely, others } = seekOrder(standpoint(context), tree.recentViews(), hash);
  const denied = new Set<NodeId>([tree.self]);
  const { first } = options;
  const isOther = (node: NodeId): boolean => node !== first;
  let bad = options.damaged === true;

  for (const { nodes, width, atOnce } of [
    { nodes: first === undefined ? likely : [first, ...likely.filter(isOther)], width: LIKELY_WIDTH, atOnce: 1 },
    { nodes: others.filter(isOther), width: LIMITS.seekWindow, atOnce: LIMITS.seekWindow },
  ]) {
    const live = nodes.filter((node) => isLive(context, node));
    const leftMs = endAt - clock.monotonic();
    if (live.length === 0 || leftMs <= 0) continue;
    const hedged = await hedge(live, (node, signal) => attempt(node, { signal, deadlineMs: leftMs }), {
      clock,
      hedgeMs: deadlineMs / HEDGE_SHARE,
      width,
      atOnce,
      deadlineMs: leftMs,
      signal: options.signal,
    });
    if (hedged.found !== undefined) return hedged.found.value;
    for (const node of hedged.denied) denied.add(node);
    for (const { node, error } of hedged.failures) {
      if (!isFault(error)) throw error;
      if (error.code !== 'wrong-hash') continue;
      denied.add(node);
      bad = true;
    }
  }
  throw missing(context, denied, bad);
}

function missing(context: ShardContext, denied: ReadonlySet<NodeId>, bad: boolean): Fault {
  const { tree } = context;
  const everybody = cellsOf(tree.view(), tree.tree).every((node) => denied.has(node));
  if (bad && everybody) return new Fault('corrupt');
  return new Fault(everybody ? 'not-found' : 'maybe-elsewhere');
}
