import { Fault, isFault } from '../../contract/errors.ts';
import type { Input, Ports } from '../../contract/organ.ts';
import type { Hasher } from '../../contract/ports.ts';
import type { TreeService } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import type { Standpoint } from './rules.ts';
import type { ShardIndex } from './shard-index.ts';

export interface ShardTiming {
  /** How often this node asks its peers about all its shards, however sure it is of them. */
  readonly reconcileMs: number;
  /** How long a shard must have been here before this node asks who else has it: its put may still be under way. */
  readonly settleMs: number;
  /** How long the slot map must have been still before surplus copies go, so that a cell that flaps finds its own again. */
  readonly flapGuardMs: number;
  /** How long a holder waits for each holder that ranks before it to push a missing copy. */
  readonly patienceMs: number;
}

/**
 * What the organ and the byte path of one cell share. Shard bytes never pass the mailbox; what they change in the index is
 * told to the organ afterwards.
 */
export interface ShardContext {
  readonly tree: TreeService;
  readonly ports: Ports;
  readonly index: ShardIndex;
  readonly copies: number;
  readonly shardBytesMax: number;
  readonly timing: ShardTiming;
  readonly hasher: Hasher;
  readonly opinions: Opinions;
  /** The way into the organ's mailbox while the organ runs. */
  readonly post: { tell: ((input: Input) => void) | undefined };
}

/** What this cell believes of the others, beyond what the tree tells; and what it is up to itself. */
export class Opinions {
  /** Gone, until proven otherwise: others stand in for them. */
  readonly dead = new Set<NodeId>();
  /** Expected back: they keep their place, but can't be asked. */
  readonly paused = new Set<NodeId>();
  /** When they may be tried again (monotonic), after they said that their disk is full. */
  readonly #fullUntil = new Map<NodeId, number>();
  /** This cell gives up its slot: it takes nothing in and promises nothing. */
  leaving = false;
  /** The organism stands still: nobody repairs. */
  still = false;

  take(node: NodeId, state: 'live' | 'paused' | 'dead'): void {
    this.dead.delete(node);
    this.paused.delete(node);
    if (state === 'dead') this.dead.add(node);
    if (state === 'paused') this.paused.add(node);
  }

  markFull(node: NodeId, untilMs: number): void {
    this.#fullUntil.set(node, untilMs);
  }

  /** The nodes that have no room at this moment; those whose time is up are forgotten. */
  fullAt(nowMs: number): ReadonlySet<NodeId> {
    for (const [node, until] of this.#fullUntil) if (until <= nowMs) this.#fullUntil.delete(node);
    return new Set(this.#fullUntil.keys());
  }

  /** What was believed of this node's earlier life. */
  forget(node: NodeId): void {
    this.dead.delete(node);
    this.paused.delete(node);
    this.#fullUntil.delete(node);
  }
}

export function isLive(context: ShardContext, node: NodeId): boolean {
  const { tree, opinions } = context;
  if (node === tree.self) return true;
  return tree.alive(node) && !opinions.dead.has(node) && !opinions.paused.has(node);
}

/** False until this node has a view of its organism: until then nobody can be ranked. */
export function hasView({ tree }: ShardContext): boolean {
  try {
    return tree.view() !== undefined;
  } catch (error) {
    if (isFault(error, 'starting')) return false;
    throw error;
  }
}

/**
 * Where this cell stands now.
 *
 * @throws Fault `starting`
 */
export function standpoint(context: ShardContext): Standpoint {
  const { tree, opinions, copies, ports } = context;
  const full = opinions.fullAt(ports.clock.monotonic());
  return {
    view: tree.view(),
    tree: tree.tree,
    self: tree.self,
    copies,
    without: full.size === 0 ? opinions.dead : new Set([...opinions.dead, ...full]),
    alive: (node) => isLive(context, node),
  };
}

/**
 * Tells the organ. Nobody hears it while the organ is being restarted or its mailbox is full: its start and its periodic
 * reconciliation look at everything anyway.
 */
export function tellOrgan({ post, ports }: ShardContext, kind: string, body: unknown): void {
  try {
    post.tell?.({ kind, body });
  } catch (error) {
    if (!isFault(error)) throw error;
    ports.log.debug('shards.untold', { kind, code: error.code });
  }
}

/** @throws Fault `wrong-hash` */
export async function assertNamed({ hasher }: ShardContext, hash: ShardHash, bytes: Uint8Array): Promise<void> {
  const actual = await hasher(bytes);
  if (actual !== hash) throw misnamed(actual, hash);
}

export function misnamed(actual: ShardHash, claimed: ShardHash): Fault {
  return new Fault('wrong-hash', `the SHA-256 of these bytes is ${actual}, not ${claimed}`);
}
