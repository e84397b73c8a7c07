import { sha256Hex } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Organ, Ports } from '../../contract/organ.ts';
import type { Hasher } from '../../contract/ports.ts';
import type { ShardService, TreeService } from '../../contract/services.ts';
import { Opinions, type ShardContext, type ShardTiming } from './context.ts';
import type { ShardFacts } from './facts.ts';
import { createFetcher } from './fetcher.ts';
import { handOver } from './handover.ts';
import { createHints } from './hints.ts';
import { createOrgan } from './organ.ts';
import { Repair } from './repair.ts';
import { createBytes, createService, type ShardInbound } from './service.ts';
import { ShardIndex } from './shard-index.ts';
import { Shelf } from './shelf.ts';
import { createSpread } from './spread.ts';

export type { ShardFacts } from './facts.ts';
export type { ShardInbound } from './service.ts';
export { shardKey } from './shelf.ts';

export interface ShardsOptions {
  readonly tree: TreeService;
  readonly ports: Ports;
  /** Cells that should hold a shard, where there are as many. @default 3 */
  readonly copies?: number;
  /** Largest shard taken, in bytes. @default LIMITS.shardBytesMax */
  readonly shardBytesMax?: number;
  /** @default SHA-256 on the event loop, about 1 ms per MiB */
  readonly hasher?: Hasher;
  /** How often all shards are compared with their other holders, however sure this node is of them. @default 60_000 */
  readonly reconcileMs?: number;
  /** Age at which a shard that came in is compared with its other holders. @default 2_000 */
  readonly settleMs?: number;
  /** How long the slot map must have been still before surplus copies go. @default 60_000 */
  readonly flapGuardMs?: number;
  /** How long a holder waits for each holder that ranks before it to push a missing copy. @default 5_000 */
  readonly patienceMs?: number;
}

/** The shards of one cell. */
export interface Shards {
  readonly organ: Organ<ShardFacts>;
  readonly service: ShardService;
  /** What the membrane hands over. */
  readonly inbound: ShardInbound;
  /**
   * Resolves once every shard of this node is held by as many others as it should be; meanwhile the node takes none in.
   *
   * @throws Fault `cancelled`, after which the node stays
   */
  handOver(signal: AbortSignal): Promise<void>;
}

/**
 * Content-addressed shards, kept alive by the cells that hold them: `service` stores and finds, `organ` repairs.
 *
 * @example
 * const { organ, service } = createShards({ tree, ports })
 * cell.start([organ])
 * const hash = await service.put(bytes) // resolves when min(3, live) cells have flushed it
 * await service.get(hash)
 */
export function createShards(options: ShardsOptions): Shards {
  const context = contextOf(options);
  const shelf = new Shelf(context);
  const hints = createHints(context);
  const bytes = createBytes(context, shelf);
  const repair = new Repair(context, shelf);
  const fetcher = createFetcher(context, shelf, bytes);
  return {
    organ: createOrgan(context, { shelf, repair, fetcher, hints }),
    service: createService(context, shelf, bytes, createSpread(context, shelf, hints)),
    inbound: { put: bytes.put, get: bytes.get },
    handOver: (signal) => handOver(context, repair, signal),
  };
}

function contextOf(options: ShardsOptions): ShardContext {
  const timing: ShardTiming = {
    reconcileMs: options.reconcileMs ?? 60_000,
    settleMs: options.settleMs ?? 2_000,
    flapGuardMs: options.flapGuardMs ?? 60_000,
    patienceMs: options.patienceMs ?? 5_000,
  };
  return {
    tree: options.tree,
    ports: options.ports,
    index: new ShardIndex(),
    copies: options.copies ?? 3,
    shardBytesMax: options.shardBytesMax ?? LIMITS.shardBytesMax,
    timing,
    hasher: options.hasher ?? sha256Hex,
    opinions: new Opinions(),
    post: { tell: undefined },
  };
}
