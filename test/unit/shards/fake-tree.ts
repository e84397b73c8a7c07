import { ActorSystem } from '../../../src/actors/actor-system.ts';
import { Bus } from '../../../src/actors/bus.ts';
import type { Outlet } from '../../../src/actors/outlet.ts';
import { canonical } from '../../../src/contract/encoding.ts';
import { Fault, type FaultCode, isFaultCode } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { CallOptions, Storage, TreeService } from '../../../src/contract/services.ts';
import type { Json, NodeId, ShardHash, View } from '../../../src/contract/words.ts';
import { createShards, type Shards, type ShardsOptions, shardKey } from '../../../src/organs/shards/index.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { type MemoryLog, memoryLog } from '../../../src/runtime/log/memory.ts';
import { flawOf } from '../../../src/runtime/node/schema-check.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { MemoryDisk, type MemoryStore } from '../../../src/runtime/store/memory.ts';
import { type Cell, cells, idOf, TREE, viewOf } from './fake-view.ts';

/** One way, milliseconds. */
const LATENCY_MS = 1;

type Options = Omit<ShardsOptions, 'tree' | 'ports'>;

export interface FakeNode {
  readonly node: NodeId;
  readonly disk: MemoryDisk;
  store: MemoryStore;
  shards: Shards;
  system: ActorSystem;
  bus: Bus;
  readonly log: MemoryLog;
  /** `down`: connections are refused. `hung`: nothing answers. */
  state: 'up' | 'down' | 'hung';
  /** What it believes of others; a test tells it. */
  readonly believedDead: Set<NodeId>;
  sovereign: boolean;
}

/** What crossed between two nodes. */
export interface Crossing {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly kind: string;
  readonly body?: Json;
}

/**
 * Nodes with a shards organ each, wired directly: the real actor kernel over memory twins, and no network but a latency.
 * Views are committed by the test, and who believes whom to be dead is the test's to say as well.
 *
 * @example
 * const world = new World(5)
 * const hash = await world.run(world.at(0).shards.service.put(bytes))
 * world.crash(1); world.replace(1)
 * await world.clock.advance(5_000)
 */
export class World {
  readonly clock = new VirtualClock();
  readonly nodes: FakeNode[] = [];
  readonly crossings: Crossing[] = [];
  readonly escalated: unknown[] = [];
  /** A code fails what would cross; undefined lets it pass. */
  fault: (crossing: Crossing) => FaultCode | undefined = () => undefined;
  /** Changes shard bytes on their way. */
  alter: (crossing: Crossing, bytes: Uint8Array) => Uint8Array = (_crossing, bytes) => bytes;
  readonly #options: Options;
  #cells: Cell[];
  #views: View[];

  constructor(count: number, options: Options = {}) {
    this.#options = options;
    this.#cells = cells(count, (index) => ({ node: idOf(index) }));
    this.#views = [viewOf(this.#cells, 1)];
    for (let index = 0; index < count; index++) this.nodes.push(this.#grow(index));
  }

  at(index: number): FakeNode {
    return this.nodes[index] as FakeNode;
  }

  by(node: NodeId): FakeNode {
    return this.nodes.find((candidate) => candidate.node === node) as FakeNode;
  }

  get view(): View {
    return this.#views[0] as View;
  }

  /** Lets time pass until the promise is settled; promises that wait for no clock get their turns as well. */
  async run<T>(promise: Promise<T>, maxMs = 120_000): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    const until = this.clock.monotonic() + maxMs;
    while (!settled && this.clock.monotonic() < until) {
      if (this.clock.nextAt !== undefined)
        await this.clock.runUntil(() => settled, this.clock.nextAt - this.clock.monotonic());
      if (!settled) await new Promise(setImmediate);
    }
    if (!settled) throw new Error(`not settled within ${maxMs} ms`);
    return promise;
  }

  /** The code that it fails with. */
  async codeOf(promise: Promise<unknown>): Promise<string> {
    try {
      await this.run(promise);
      return 'none';
    } catch (error) {
      return error instanceof Fault ? error.code : String(error);
    }
  }

  /** The process dies; nobody is told. */
  crash(index: number): void {
    const node = this.at(index);
    node.state = 'down';
    node.system.kill();
    node.bus.close();
    node.disk.crash();
  }

  /** Its process is started again on what its disk kept. */
  restart(index: number): void {
    const cell = this.#cells.findIndex(({ node }) => node === this.at(index).node);
    const before = this.#cells[cell];
    if (before !== undefined) this.#cells[cell] = { ...before, incarnation: (before.incarnation ?? 1) + 1 };
    this.#open(this.at(index));
    this.commit(this.#cells);
    for (const other of this.nodes) this.believe(other, this.at(index).node, 'live');
  }

  /** All live nodes come to believe it. */
  notice(index: number, state: 'live' | 'suspect' | 'paused' | 'dead'): void {
    for (const node of this.nodes) this.believe(node, this.at(index).node, state);
  }

  believe(who: FakeNode, whom: NodeId, state: 'live' | 'suspect' | 'paused' | 'dead'): void {
    if (who.state === 'down' || who.node === whom) return;
    if (state === 'live') who.believedDead.delete(whom);
    else who.believedDead.add(whom);
    who.bus.emit('pulse.changed', { node: whom, state });
  }

  /** Takes a node out of its slot: the last one moves in. */
  replace(index: number): void {
    const { node } = this.at(index);
    const at = this.#cells.findIndex((cell) => cell.node === node);
    const last = this.#cells.at(-1) as Cell;
    this.commit(this.#cells.map((cell, slot) => (slot === at ? last : cell)).slice(0, -1));
  }

  /** One more node, in the next slot. */
  join(): FakeNode {
    const cell = { node: idOf(this.nodes.length) };
    const node = this.#grow(this.nodes.length);
    this.nodes.push(node);
    this.commit([...this.#cells, cell]);
    return node;
  }

  commit(next: readonly Cell[], to: readonly FakeNode[] = this.nodes): void {
    const previous = this.view;
    this.#cells = [...next];
    const view = viewOf(this.#cells, previous.version + 1);
    this.#views = [view, ...this.#views].slice(0, 8);
    for (const node of to) this.learn(node, previous);
  }

  /** Tells a node of the newest view. */
  learn(node: FakeNode, previous: View): void {
    const { view } = this;
    const proof = { ...view, signatures: [] };
    if (node.state !== 'down') node.bus.emit('consensus.committed', { view, previous, records: [], proof });
  }

  /** What `status` sums up. */
  storage(): Storage {
    const total = { shards: 0, bytes: 0, underReplicated: 0 };
    for (const node of this.nodes) {
      if (node.state !== 'up') continue;
      const own = node.shards.service.storage();
      total.shards += own.shards;
      total.bytes += own.bytes;
      total.underReplicated += own.underReplicated;
    }
    return total;
  }

  /** Who has it on the disk of a running process. */
  holders(hash: ShardHash): NodeId[] {
    return this.nodes
      .filter(({ state, disk }) => state === 'up' && disk.table('shards').has(shardKey(TREE, hash)))
      .map(({ node }) => node);
  }

  sent(kind: string): Crossing[] {
    return this.crossings.filter((crossing) => crossing.kind === kind);
  }

  #grow(index: number): FakeNode {
    const node = { node: idOf(index), disk: new MemoryDisk(), log: memoryLog(), believedDead: new Set<NodeId>() };
    const grown = { ...node, sovereign: true, state: 'up' } as FakeNode;
    this.#open(grown);
    return grown;
  }

  #open(node: FakeNode): void {
    const { clock } = this;
    node.state = 'up';
    node.store = node.disk.open({ clock });
    node.bus = new Bus();
    const entropy = seededEntropy(node.node);
    const ports = { clock, entropy, store: node.store, signer: twinSigner(node.node), log: node.log };
    node.shards = createShards({ tree: this.#treeOf(node), ports, ...this.#options });
    const onEscalate = (error: unknown): void => void this.escalated.push(error);
    node.system = new ActorSystem({ name: node.node, ports, outlet: silentOutlet, bus: node.bus, onEscalate });
    node.system.start([node.shards.organ]);
  }

  #treeOf(from: FakeNode): TreeService {
    const cross = <T>(
      to: NodeId,
      kind: string,
      body: Json,
      call: CallOptions | undefined,
      work: (at: FakeNode) => Promise<T>,
    ) => this.#cross({ from: from.node, to, kind, body }, call ?? {}, work);
    return {
      self: from.node,
      tree: TREE,
      view: () => this.view,
      recentViews: () => this.#views,
      alive: (node) => !from.believedDead.has(node),
      sovereign: () => from.sovereign,
      ask: (to, kind, body, call) => cross(to, kind, body, call, (at) => this.#deliver(at, from.node, kind, body)),
      queue: async (to, kind, body) => {
        void this.#keepTrying(from, to, kind, body);
      },
      pushShard: (to, hash, bytes, call) =>
        cross(to, 'push', hash, call, (at) =>
          at.shards.inbound.put(hash, this.alter({ from: from.node, to, kind: 'push' }, bytes), from.node),
        ),
      pullShard: (to, hash, call) =>
        cross(to, 'pull', hash, call, async (at) => {
          const bytes = await at.shards.inbound.get(hash, from.node);
          return bytes === undefined ? undefined : this.alter({ from: from.node, to, kind: 'pull' }, bytes);
        }),
    };
  }

  /** A question to a peer's organ, through the schemas and the wire's form. */
  async #deliver(at: FakeNode, from: NodeId, kind: string, body: Json): Promise<Json> {
    const { messages, answers } = at.shards.organ;
    const wired = JSON.parse(canonical(body as object)) as Json;
    const schema = messages[kind];
    const flaw = schema === undefined ? 'unknown kind' : flawOf(schema, wired);
    if (flaw !== undefined) throw new Error(`${kind}: ${flaw}`);
    const answer = bodyOf(await at.system.deliver({ kind, body: wired, from, id: 'x' }));
    const answerFlaw = flawOf(answers[kind] ?? (false as never), answer);
    if (answerFlaw !== undefined) throw new Error(`answer to ${kind}: ${answerFlaw}`);
    return answer;
  }

  async #keepTrying(from: FakeNode, to: NodeId, kind: string, body: Json): Promise<void> {
    this.crossings.push({ from: from.node, to, kind: `queue ${kind}`, body });
    while (from.state !== 'down') {
      if (this.by(to).state === 'up') {
        await this.#deliver(this.by(to), from.node, kind, body);
        return;
      }
      await new Promise<void>((resolve) => void this.clock.schedule(100, resolve));
    }
  }

  async #cross<T>(
    crossing: Crossing,
    { signal, deadlineMs = LIMITS.askDeadlineMs }: CallOptions,
    work: (at: FakeNode) => Promise<T>,
  ): Promise<T> {
    this.crossings.push(crossing);
    const at = this.by(crossing.to);
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void): void => {
        late();
        signal?.removeEventListener('abort', cancel);
        settle();
      };
      const late = this.clock.schedule(deadlineMs, () => end(() => reject(new Fault('deadline'))));
      const cancel = (): void => end(() => reject(new Fault('cancelled')));
      if (signal?.aborted) return cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      const back = (settle: () => void): void => {
        this.clock.schedule(LATENCY_MS, () => (at.state === 'hung' ? undefined : end(settle)));
      };
      this.clock.schedule(LATENCY_MS, () => {
        const code = at.state === 'down' ? 'unreachable' : this.fault(crossing);
        if (code !== undefined) return end(() => reject(new Fault(code)));
        if (at.state === 'hung') return;
        work(at).then(
          (value) => back(() => resolve(value)),
          (error: unknown) => back(() => reject(error)),
        );
      });
    });
  }
}

function bodyOf(outcome: Outcome): Json {
  if (outcome.ok) return outcome.body;
  throw new Fault(isFaultCode(outcome.code) ? outcome.code : 'internal', outcome.detail);
}

/** The shards organ says everything through its TreeService. */
const silentOutlet: Outlet = {
  ask: () => Promise.reject(new Error('no outlet')),
  tell: () => undefined,
  relay: () => undefined,
  enqueue: () => [],
  enqueued: () => undefined,
  abandoned: () => undefined,
};

/** Bytes that no other index has. */
export function bytesOf(index: number, length = 100): Uint8Array {
  const bytes = new Uint8Array(length).fill(index & 0xff);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}
