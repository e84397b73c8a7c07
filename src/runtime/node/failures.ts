import { type Observable, Subject } from 'rxjs';
import type { ActorSystem } from '../../actors/actor-system.ts';
import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { Outcome, Ports } from '../../contract/organ.ts';
import { pause } from '../../contract/pause.ts';
import type { CellFailure } from '../../contract/services.ts';
import { slotOf } from '../../contract/slots.ts';
import type { NodeId, TreeId, View } from '../../contract/words.ts';
import type { Cell } from './cells.ts';

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** How much of an error is told to others. */
const ERROR_MAX = 1_000;

/** What happens to a node whose organs fail. `node` is a failure that only a new process can mend. */
export type Mishap =
  | { readonly what: 'cell' | 'node'; readonly failure: CellFailure }
  | { readonly what: 'relieved'; readonly genome: string };

export interface FailuresOptions {
  readonly self: NodeId;
  readonly ports: Ports;
  /** Has the organism's log take this node out of one tree. */
  giveUp(tree: TreeId): Promise<Outcome>;
  view(): View | null;
}

/**
 * Cells of this node that can't go on, because an organ of theirs has failed more often than its supervision allows. Such
 * a cell leaves in good order: others get copies of what it holds, then its slot is given up through the log, then its
 * organs end. The node's other cells go on. Where the organs that all cells share fail, or nobody is left to take the
 * slot, the node can't go on.
 */
export class Failures {
  readonly mishaps$: Observable<Mishap>;
  readonly #options: FailuresOptions;
  readonly #mishaps = new Subject<Mishap>();
  readonly #failures: CellFailure[] = [];
  readonly #retreats = new Map<TreeId, Promise<void>>();
  readonly #end = new AbortController();

  constructor(options: FailuresOptions) {
    this.#options = options;
    this.mishaps$ = this.#mishaps.asObservable();
  }

  /** Since the node started; the oldest first, `LIMITS.failuresListed` at most. */
  list(): readonly CellFailure[] {
    return [...this.#failures];
  }

  has(tree: TreeId): boolean {
    return this.#retreats.has(tree);
  }

  /** An organ of a cell is gone for good, and the cell with it. */
  ofCell(cell: Cell, others: Iterable<Cell>, organ: string, error: unknown): void {
    const failure = this.#note(cell.genome, organ, error);
    if (this.has(cell.tree)) return;
    const isLast = [...others].every((other) => other.tree === cell.tree || this.has(other.tree));
    this.#retreats.set(cell.tree, this.#retreat(cell, failure, isLast));
    this.#mishaps.next({ what: 'cell', failure });
  }

  /** An organ that all cells share is gone for good. */
  ofStem({ name }: ActorSystem, organ: string, error: unknown): void {
    this.#mishaps.next({ what: 'node', failure: this.#note(name, organ, error) });
  }

  /** The node ends: nothing is handed on any more. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#retreats.values());
    this.#mishaps.complete();
  }

  #note(genome: string, organ: string, error: unknown): CellFailure {
    const { clock, log } = this.#options.ports;
    const failure = { genome, organ, error: String(error).slice(0, ERROR_MAX), at: clock.now() };
    log.error('cell.failed', failure);
    this.#failures.push(failure);
    if (this.#failures.length > LIMITS.failuresListed) this.#failures.shift();
    return failure;
  }

  async #retreat(cell: Cell, failure: CellFailure, isLast: boolean): Promise<void> {
    const { log } = this.#options.ports;
    try {
      await this.#handOver(cell);
      await this.#giveUp(cell);
    } catch (error) {
      if (!isFault(error, 'cancelled')) log.error('cell.not-relieved', { genome: cell.genome, error: String(error) });
      return;
    }
    await cell.system.stop();
    if (this.#isPlaced(cell) || isLast) {
      this.#mishaps.next({ what: 'node', failure });
      return;
    }
    log.warn('cell.relieved', { genome: cell.genome });
    this.#mishaps.next({ what: 'relieved', genome: cell.genome });
  }

  /** For a bounded time: what is not held elsewhere by then is copied by those who still hold it. */
  async #handOver({ shards, genome }: Cell): Promise<void> {
    if (shards === undefined) return;
    const { clock, log } = this.#options.ports;
    const patience = linked(this.#end.signal);
    const cancel = clock.schedule(LIMITS.retreatMs, () => patience.abort());
    try {
      await shards.handOver(patience.signal);
    } catch (error) {
      if (this.#end.signal.aborted) throw error;
      log.warn('cell.not-handed-over', { genome, error: String(error) });
    } finally {
      cancel();
      patience.unlink();
    }
  }

  /** Asks until the log says so: without authority a slot can't be given up, but nobody else can take it then, either. */
  async #giveUp({ tree, genome }: Cell): Promise<void> {
    const { ports, giveUp } = this.#options;
    for (let delayMs = RETRY_MIN_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
      const outcome = await giveUp(tree);
      if (outcome.ok) return;
      ports.log.info('cell.waits', { genome, code: outcome.code });
      await pause(ports.clock, delayMs, this.#end.signal);
    }
  }

  #isPlaced({ tree }: Cell): boolean {
    const map = this.#options.view()?.trees[tree];
    return map !== undefined && slotOf(map, this.#options.self) > 0;
  }
}
