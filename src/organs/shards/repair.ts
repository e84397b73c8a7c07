import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext, standpoint, tellOrgan } from './context.ts';
import { addTo } from './group.ts';
import { pushPosition, type Standpoint, wanted } from './rules.ts';
import type { Shelf } from './shelf.ts';
import { inSlices, inWindow } from './window.ts';

/** How long a cell that said `disk-full` is passed over by repairs. */
const FULL_FOR_MS = 60_000;
/** How long a peer may take to say which shards it has, before the repair goes on without its answer. */
const HAVE_DEADLINE_MS = 2_000;
/** After so many failed pushes in a row a cell is left alone until the next sweep. */
const FAILURES_MAX = 3;

/**
 * Which shards a sweep looks at: `fresh` ones, whose put may have reached fewer cells than it should; all whose ranked
 * cells are not all known to hold them (`open`); or `all`, to refresh what is known.
 */
export type SweepScope = 'fresh' | 'open' | 'all';

export interface SweepOptions {
  readonly scope: SweepScope;
  /** This cell is about to go: its own copies don't count, and it waits for nobody else to push. @default false */
  readonly leaving?: boolean;
  readonly signal: AbortSignal;
}

/** Makes missing copies. Nobody coordinates it: every holder works out from its own index what is missing and whose turn it is. */
export interface Repair {
  /** Asks, then pushes what is missing and this node's to push. Resolves to how many copies it knows to be missing still. */
  sweep(options: SweepOptions): Promise<number>;
}

interface Push {
  readonly hash: ShardHash;
  readonly to: NodeId;
  /** Copies believed to be live: one with a single copy goes first. */
  readonly copies: number;
}

export function createRepair(context: ShardContext, shelf: Shelf): Repair {
  const { tree, index, ports, opinions, timing } = context;
  const { clock, log } = ports;
  const pushing = new Set<string>();
  /** Since when a copy has been missing that another holder should push. */
  const waiting = new Map<ShardHash, number>();

  const liveHolders = (hash: ShardHash): NodeId[] => [
    tree.self,
    ...index.confirmed(hash).filter((node) => isLive(context, node)),
  ];

  const standFor = (leaving: boolean): Standpoint => {
    const at = standpoint(context);
    return leaving ? { ...at, without: new Set([...at.without, tree.self]) } : at;
  };

  const hashesOf = (scope: SweepScope): Iterable<ShardHash> =>
    scope === 'fresh' ? index.freshUntil(clock.monotonic() - timing.settleMs) : index.hashes();

  /** Whom to ask about which shards. */
  const questions = async ({ scope, leaving = false }: SweepOptions): Promise<Map<NodeId, ShardHash[]>> => {
    const asked = new Map<NodeId, ShardHash[]>();
    const at = standFor(leaving);
    await inSlices(clock, hashesOf(scope), LIMITS.repairSlice, (hash) => {
      const known = index.confirmed(hash);
      const cells = wanted(at, hash, [tree.self, ...known]);
      const peers = scope === 'all' ? new Set([...cells, ...known]) : cells.filter((node) => !known.includes(node));
      for (const node of peers) if (node !== tree.self && at.alive(node)) addTo(asked, node, hash);
    });
    return asked;
  };

  /** Resolves to those it has not; an error leaves them unknown. */
  const ask = async (node: NodeId, hashes: readonly ShardHash[], signal: AbortSignal): Promise<ShardHash[]> => {
    const options = { deadlineMs: HAVE_DEADLINE_MS, signal };
    const answer = await tree.ask(node, 'shards.have', { hashes, held: !opinions.leaving, promise: false }, options);
    const { have } = answer as { readonly have: readonly boolean[] };
    return hashes.filter((hash, at) => {
      if (have[at] === true) index.confirm(hash, node);
      else index.deny(hash, node);
      return have[at] !== true;
    });
  };

  /** All questions to all peers. What nobody answered is counted as open. */
  const askAll = async (
    asked: ReadonlyMap<NodeId, readonly ShardHash[]>,
    signal: AbortSignal,
  ): Promise<{ readonly missing: Map<ShardHash, NodeId[]>; readonly open: number }> => {
    const missing = new Map<ShardHash, NodeId[]>();
    let open = 0;
    await inWindow([...asked], LIMITS.repairAsksMax, async ([node, hashes]) => {
      for (let at = 0; at < hashes.length; at += LIMITS.haveBatchMax) {
        try {
          const lacked = await ask(node, hashes.slice(at, at + LIMITS.haveBatchMax), signal);
          for (const hash of lacked) addTo(missing, hash, node);
        } catch (error) {
          if (!isFault(error)) throw error;
          open += hashes.length - at;
          return;
        }
      }
    });
    return { missing, open };
  };

  /** True where this node should push now: it is the first holder, or those before it had their time. */
  const isMine = (at: Standpoint, hash: ShardHash, holders: readonly NodeId[], leaving: boolean): boolean => {
    const position = leaving ? 0 : pushPosition(at, hash, holders);
    if (position === 0) return true;
    const now = clock.monotonic();
    const since = waiting.get(hash) ?? now;
    waiting.set(hash, since);
    return now - since >= position * timing.patienceMs;
  };

  const plan = (
    missing: ReadonlyMap<ShardHash, readonly NodeId[]>,
    leaving: boolean,
  ): { pushes: Push[]; open: number } => {
    const at = standFor(leaving);
    const pushes: Push[] = [];
    let open = 0;
    for (const [hash, lacking] of missing) {
      const holders = liveHolders(hash);
      const cells = new Set(wanted(at, hash, holders));
      const targets = lacking.filter((node) => cells.has(node));
      if (targets.length === 0) continue;
      if (isMine(at, hash, holders, leaving)) {
        waiting.delete(hash);
        for (const to of targets) pushes.push({ hash, to, copies: holders.length });
      } else open += targets.length;
    }
    for (const hash of waiting.keys()) if (!missing.has(hash)) waiting.delete(hash);
    return { pushes: pushes.sort((a, b) => a.copies - b.copies), open };
  };

  /** False where the copy is missing still. */
  const push = async ({ hash, to }: Push, signal: AbortSignal): Promise<boolean> => {
    if (index.isConfirmed(hash, to) || !index.has(hash)) return true;
    const key = `${hash}>${to}`;
    if (signal.aborted || opinions.still || pushing.has(key) || !isLive(context, to)) return false;
    pushing.add(key);
    try {
      const found = await shelf.read(hash);
      if (found.state === 'damaged') tellOrgan(context, 'shards.damaged', { hash });
      if (found.state !== 'good') return false;
      await tree.pushShard(to, hash, found.bytes, { signal });
      index.confirm(hash, to);
      return true;
    } finally {
      pushing.delete(key);
    }
  };

  const pushAll = async (pushes: readonly Push[], signal: AbortSignal): Promise<number> => {
    const failures = new Map<NodeId, number>();
    let open = 0;
    await inWindow(pushes, LIMITS.repairWindow, async (task) => {
      const failed = failures.get(task.to) ?? 0;
      try {
        const done = failed < FAILURES_MAX && (await push(task, signal));
        if (!done) open += 1;
        else failures.delete(task.to);
      } catch (error) {
        if (!isFault(error)) throw error;
        open += 1;
        failures.set(task.to, failed + 1);
        if (error.code === 'disk-full') opinions.markFull(task.to, clock.monotonic() + FULL_FOR_MS);
        log.debug('shard.push-failed', { hash: task.hash, to: task.to, code: error.code });
      }
    });
    return open;
  };

  const sweep = async (options: SweepOptions): Promise<number> => {
    const { signal, leaving = false, scope } = options;
    const settled = scope === 'open' ? [] : index.freshUntil(clock.monotonic() - timing.settleMs);
    const asked = await askAll(await questions(options), signal);
    for (const hash of settled) index.settle(hash);
    const planned = plan(asked.missing, leaving);
    if (planned.pushes.length + planned.open > 0) tellOrgan(context, 'shards.lacking', null);
    const open = await pushAll(planned.pushes, signal);
    if (planned.pushes.length > 0) log.info('shards.repaired', { copies: planned.pushes.length - open, open });
    return asked.open + planned.open + open;
  };

  return {
    sweep: async (options) => {
      const call = linked(options.signal);
      try {
        return await sweep({ ...options, signal: call.signal });
      } finally {
        call.unlink();
      }
    },
  };
}
