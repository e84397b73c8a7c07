import type { Bus } from '../../actors/bus.ts';
import type { NodeEvents } from '../../contract/events.ts';
import type { NodeState } from '../../contract/services.ts';
import type { NodeId, View } from '../../contract/words.ts';

/** Placement looks this many views back for shards that have not moved yet. */
const RECENT_VIEWS = 8;

/** What a node sees of its organism, gathered from the bus for services that are not organs. */
export class Outlook {
  readonly #self: NodeId;
  readonly #states = new Map<NodeId, NodeState>();
  #recent: readonly View[] = [];
  #sovereign = false;
  #leader: NodeId | null = null;

  constructor(self: NodeId, bus: Bus) {
    this.#self = self;
    bus.on('consensus.committed').subscribe(({ view }) => this.#take(view));
    bus.on('consensus.led').subscribe(({ leader }) => {
      this.#leader = leader;
    });
    bus.on('pulse.changed').subscribe((change) => this.#note(change));
    bus.on('pulse.sovereignty').subscribe(({ sovereign }) => {
      this.#sovereign = sovereign;
    });
  }

  get view(): View | null {
    return this.#recent[0] ?? null;
  }

  /** Newest first. Only views whose slots differ count: a SET moves no shard. */
  get recentViews(): readonly View[] {
    return this.#recent;
  }

  get sovereign(): boolean {
    return this.#sovereign;
  }

  get leader(): NodeId | null {
    return this.#leader;
  }

  stateOf(node: NodeId): NodeState {
    return node === this.#self ? 'live' : (this.#states.get(node) ?? 'live');
  }

  alive(node: NodeId): boolean {
    return this.stateOf(node) === 'live';
  }

  #take(view: View): void {
    const [newest, ...older] = this.#recent;
    const sameSlots = newest !== undefined && newest.trees === view.trees;
    this.#recent = sameSlots ? [view, ...older] : [view, ...this.#recent].slice(0, RECENT_VIEWS);
  }

  #note({ node, state }: NodeEvents['pulse.changed']): void {
    if (state === 'live') this.#states.delete(node);
    else this.#states.set(node, state);
  }
}
