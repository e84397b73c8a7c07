import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { CallOptions, TreeService } from '../../contract/services.ts';
import type { Json, NodeId, ShardHash, TreeId, View } from '../../contract/words.ts';
import type { Courier } from '../membrane/courier.ts';
import type { NodeOutlet } from './outlet.ts';
import type { Outlook } from './outlook.ts';
import { bodyOf } from './registers.ts';

/** One tree, as the storing organs of this node's cell see it. */
export class CellTree implements TreeService {
  readonly self: NodeId;
  readonly tree: TreeId;
  readonly #outlook: Outlook;
  readonly #outlet: NodeOutlet;
  readonly #courier: Courier;

  constructor(options: { self: NodeId; tree: TreeId; outlook: Outlook; outlet: NodeOutlet; courier: Courier }) {
    this.self = options.self;
    this.tree = options.tree;
    this.#outlook = options.outlook;
    this.#outlet = options.outlet;
    this.#courier = options.courier;
  }

  view(): View {
    const { view } = this.#outlook;
    if (view === null) throw new Fault('starting');
    return view;
  }

  recentViews(): readonly View[] {
    return this.#outlook.recentViews;
  }

  alive(node: NodeId): boolean {
    return this.#outlook.alive(node);
  }

  sovereign(): boolean {
    return this.#outlook.sovereign;
  }

  async ask(
    to: NodeId,
    kind: string,
    body: Json,
    { deadlineMs = LIMITS.askDeadlineMs, signal }: CallOptions = {},
  ): Promise<Json> {
    if (signal?.aborted === true) throw new Fault('cancelled');
    return bodyOf(await this.#outlet.ask(to, { tree: this.tree, kind, body }, deadlineMs));
  }

  queue(to: NodeId, kind: string, body: Json): Promise<void> {
    return this.#outlet.queue({ cell: to }, { tree: this.tree, kind, body });
  }

  pushShard(to: NodeId, hash: ShardHash, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    return this.#courier.pushShard(to, this.tree, hash, bytes, options);
  }

  pullShard(to: NodeId, hash: ShardHash, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    return this.#courier.pullShard(to, this.tree, hash, options);
  }
}
