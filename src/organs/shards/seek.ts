import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext, standpoint } from './context.ts';
import { hedge } from './hedge.ts';
import { cellsOf, seekOrder } from './rules.ts';

/** The share of a get's deadline after which a slow holder gets company. */
const HEDGE_SHARE = 10;
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
  const { first, deadlineMs = LIMITS.askDeadlineMs } = options;
  const { likely, others } = seekOrder(standpoint(context), tree.recentViews(), hash);
  const early = [...new Set([...(first === undefined ? [] : [first]), ...likely])].filter((node) =>
    isLive(context, node),
  );
  const late = others.filter((node) => node !== first && isLive(context, node));
  const { found, denied, failures } = await hedge(
    [...early, ...late],
    (node, signal) => attempt(node, { signal, deadlineMs }),
    {
      clock: context.ports.clock,
      hedgeMs: deadlineMs / HEDGE_SHARE,
      width: LIMITS.seekWindow,
      eagerFrom: early.length,
      deadlineMs,
      signal: options.signal,
    },
  );
  if (found !== undefined) return found.value;
  const without = new Set([tree.self, ...denied]);
  let bad = options.damaged === true;
  for (const { node, error } of failures) {
    if (!isFault(error)) throw error;
    if (error.code !== 'wrong-hash') continue;
    without.add(node);
    bad = true;
  }
  throw missing(context, without, bad);
}

function missing(context: ShardContext, without: ReadonlySet<NodeId>, bad: boolean): Fault {
  const { tree } = context;
  const isNowhere = cellsOf(tree.view(), tree.tree).every((node) => without.has(node));
  if (bad && isNowhere) return new Fault('corrupt');
  return new Fault(isNowhere ? 'not-found' : 'maybe-elsewhere');
}
