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

interface Push {
  readonly hash: ShardHash;
  readonly to: NodeId;
  /** Copies believed to be live: a shard with a single one goes first. */
  readonly copies: number;
}

/** By shard, the cells that should have it and said that they haven't. */
type Missing = ReadonlyMap<ShardHash, readonly NodeId[]>;

/**
 * Makes missing copies. Nobody coordinates it: every holder works out from its own index what is missing, and whose turn
 * it is to push it.
 */
export class Repair {
  readonly #context: ShardContext;
  readonly #shelf: Shelf;
  /** Pushes under way, of all sweeps. */
  readonly #pushing = new Set<string>();
  /** Since when a copy has been missing that another holder should push. */
  readonly #waiting = new Map<ShardHash, number>();

  constructor(context: ShardContext, shelf: Shelf) {
    this.#context = context;
    this.#shelf = shelf;
  }

  /**
   * Asks, then pushes what is missing and this node's to push.
   *
   * @returns how many copies it knows to be missing still, or got no answer about
   */
  async sweep(options: SweepOptions): Promise<number> {
    const call = linked(options.signal);
    try {
      return await this.#sweep({ ...options, signal: call.signal });
    } finally {
      call.unlink();
    }
  }

  async #sweep({ scope, leaving = false, signal }: SweepOptions): Promise<number> {
    const { index, ports } = this.#context;
    const settled = scope === 'open' ? [] : this.#settling();
    const asked = await this.#askAll(await this.#questions(scope, leaving), signal);
    for (const hash of settled) index.settle(hash);
    const planned = this.#plan(asked.missing, leaving);
    if (planned.pushes.length + planned.open > 0) tellOrgan(this.#context, 'shards.lacking', null);
    const open = await this.#pushAll(planned.pushes, signal);
    if (planned.pushes.length > 0) ports.log.info('shards.repaired', { copies: planned.pushes.length - open, open });
    return asked.open + planned.open + open;
  }

  #settling(): ShardHash[] {
    const { index, ports, timing } = this.#context;
    return index.freshUntil(ports.clock.monotonic() - timing.settleMs);
  }

  #standFor(leaving: boolean): Standpoint {
    const at = standpoint(this.#context);
    return leaving ? { ...at, without: new Set([...at.without, at.self]) } : at;
  }

  /** Whom to ask about which shards. */
  async #questions(scope: SweepScope, leaving: boolean): Promise<ReadonlyMap<NodeId, readonly ShardHash[]>> {
    const { index, ports } = this.#context;
    const asked = new Map<NodeId, ShardHash[]>();
    const at = this.#standFor(leaving);
    const hashes = scope === 'fresh' ? this.#settling() : index.hashes();
    await inSlices(ports.clock, hashes, LIMITS.repairSlice, (hash) => {
      const known = index.confirmed(hash);
      const cells = wanted(at, hash, [at.self, ...known]);
      const peers = scope === 'all' ? new Set([...cells, ...known]) : cells.filter((node) => !known.includes(node));
      for (const node of peers) if (node !== at.self && at.alive(node)) addTo(asked, node, hash);
    });
    return asked;
  }

  /** All questions to all peers. What nobody answered is counted as open. */
  async #askAll(
    asked: ReadonlyMap<NodeId, readonly ShardHash[]>,
    signal: AbortSignal,
  ): Promise<{ readonly missing: Missing; readonly open: number }> {
    const missing = new Map<ShardHash, NodeId[]>();
    let open = 0;
    await inWindow([...asked], LIMITS.repairAsksMax, async ([node, hashes]) => {
      for (let at = 0; at < hashes.length; at += LIMITS.haveBatchMax) {
        try {
          const lacked = await this.#ask(node, hashes.slice(at, at + LIMITS.haveBatchMax), signal);
          for (const hash of lacked) addTo(missing, hash, node);
        } catch (error) {
          if (!isFault(error)) throw error;
          open += hashes.length - at;
          return;
        }
      }
    });
    return { missing, open };
  }

  /** Resolves to those that it has not. */
  async #ask(node: NodeId, hashes: readonly ShardHash[], signal: AbortSignal): Promise<ShardHash[]> {
    const { tree, index, opinions } = this.#context;
    const body = { hashes, held: !opinions.leaving, promise: false };
    const answer = await tree.ask(node, 'shards.have', body, { deadlineMs: HAVE_DEADLINE_MS, signal });
    const { have } = answer as { readonly have: readonly boolean[] };
    return hashes.filter((hash, at) => {
      if (have[at] === true) index.confirm(hash, node);
      else index.deny(hash, node);
      return have[at] !== true;
    });
  }

  #plan(missing: Missing, leaving: boolean): { readonly pushes: readonly Push[]; readonly open: number } {
    const { index } = this.#context;
    const at = this.#standFor(leaving);
    const pushes: Push[] = [];
    let open = 0;
    for (const [hash, lacking] of missing) {
      const holders = [at.self, ...index.confirmed(hash).filter((node) => at.alive(node))];
      const cells = new Set(wanted(at, hash, holders));
      const targets = lacking.filter((node) => cells.has(node));
      if (targets.length === 0) continue;
      if (leaving || this.#isMine(at, hash, holders)) {
        for (const to of targets) pushes.push({ hash, to, copies: holders.length });
      } else open += targets.length;
    }
    for (const hash of this.#waiting.keys()) if (!missing.has(hash)) this.#waiting.delete(hash);
    return { pushes: pushes.sort((a, b) => a.copies - b.copies), open };
  }

  /** True where this node should push now: it is the first holder, or those before it had their time. */
  #isMine(at: Standpoint, hash: ShardHash, holders: readonly NodeId[]): boolean {
    const { ports, timing } = this.#context;
    const position = pushPosition(at, hash, holders);
    if (position === 0) return true;
    const now = ports.clock.monotonic();
    const since = this.#waiting.get(hash) ?? now;
    this.#waiting.set(hash, since);
    return now - since >= position * timing.patienceMs;
  }

  /** Resolves to how many copies are missing still. */
  async #pushAll(pushes: readonly Push[], signal: AbortSignal): Promise<number> {
    const failures = new Map<NodeId, number>();
    let open = 0;
    await inWindow(pushes, LIMITS.repairWindow, async (push) => {
      const failed = failures.get(push.to) ?? 0;
      try {
        const isDone = failed < FAILURES_MAX && (await this.#push(push, signal));
        if (isDone) failures.delete(push.to);
        else open += 1;
      } catch (error) {
        if (!isFault(error)) throw error;
        open += 1;
        failures.set(push.to, failed + 1);
        this.#note(push, error.code);
      }
    });
    return open;
  }

  /** False where it was not for now. */
  async #push({ hash, to }: Push, signal: AbortSignal): Promise<boolean> {
    const { tree, index, opinions } = this.#context;
    if (index.isConfirmed(hash, to) || !index.has(hash)) return true;
    const key = `${hash}>${to}`;
    if (signal.aborted || opinions.still || this.#pushing.has(key) || !isLive(this.#context, to)) return false;
    this.#pushing.add(key);
    try {
      const found = await this.#shelf.read(hash);
      if (found.state === 'damaged') tellOrgan(this.#context, 'shards.damaged', { hash });
      if (found.state !== 'good') return false;
      await tree.pushShard(to, hash, found.bytes, { signal });
      index.confirm(hash, to);
      return true;
    } finally {
      this.#pushing.delete(key);
    }
  }

  #note({ hash, to }: Push, code: string): void {
    const { opinions, ports } = this.#context;
    if (code === 'disk-full') opinions.markFull(to, ports.clock.monotonic() + FULL_FOR_MS);
    ports.log.debug('shard.push-failed', { hash, to, code });
  }
}
