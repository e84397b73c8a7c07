import { type Genome, loadGenome, SHIPPED_GENOMES } from '../../actors/genome.ts';
import { PRESETS, type Timing } from '../../contract/limits.ts';
import type { PeerRequest } from '../../contract/ports.ts';
import type { OrganismStatus } from '../../contract/services.ts';
import type { NodeId, Preset, View } from '../../contract/words.ts';
import { VirtualClock } from '../clock/virtual.ts';
import { type SeededEntropy, seededEntropy } from '../entropy/seeded.ts';
import { type Leg, MemoryNetwork, type Passage } from '../membrane/memory.ts';
import { charter } from '../node/founding.ts';
import { twinSigner } from '../signer/twin.ts';
import { SimNode, type Surroundings } from './sim-node.ts';
import { Trace } from './trace.ts';

export interface WorldOptions {
  /** Decides everything that is drawn: one seed, one trace. @default 1 */
  readonly seed?: number;
  /** @default 5 */
  readonly nodes?: number;
  /** @default the shipped shardTree and ftreeFileMgr, with shards of 64 KiB */
  readonly genomes?: readonly Genome[];
  /** @default 'lan' */
  readonly preset?: Preset;
  /** One way, drawn evenly between the two, milliseconds. @default [8, 12] */
  readonly delayMs?: readonly [min: number, max: number];
  /** From a commit to its flush, milliseconds. @default 2 */
  readonly flushMs?: number;
  /** @default every node is a failure domain of its own */
  zoneOf?(index: number): string;
}

/** Nodes that are started at once join within this time, or `grow` fails. */
const GROW_WITHIN_MS = 120_000;
/** Looking at every node after every event would cost more than the run. */
const LOOK_EVERY_MS = 100;

/**
 * A whole organism in one process on virtual time: the same organs, genomes and wire format as in production, with a
 * network, disks and clocks that fail when told to.
 *
 * @example
 * const world = await World.grow({ seed: 7, nodes: 50 })
 * const receipt = await world.run(world.node(3).files.put(bytes, { name: 'report.txt' }))
 * world.crash(12)
 * await world.untilWhole(30_000)
 */
export class World {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly entropy: SeededEntropy;
  readonly trace = new Trace();
  readonly #nodes: SimNode[] = [];
  readonly #surroundings: Surroundings;
  readonly #zoneOf: (index: number) => string;
  readonly #delayMs: readonly [number, number];
  readonly #draw: SeededEntropy;
  #loss = 0;

  private constructor(options: WorldOptions, genomes: readonly Genome[], timing: Timing) {
    const { seed = 1, delayMs = [8, 12], flushMs = 2, zoneOf = (index) => `zone-${index}` } = options;
    this.entropy = seededEntropy(seed);
    this.clock = new VirtualClock();
    this.#draw = this.entropy.fork('network');
    this.#delayMs = delayMs;
    this.#zoneOf = zoneOf;
    this.network = new MemoryNetwork({ clock: this.clock, entropy: this.entropy.fork('wire') });
    this.network.policy = (from, to, request, leg) => this.#passage(from, to, request, leg);
    this.#surroundings = { clock: this.clock, network: this.network, genomes, timing, flushMs };
  }

  /** Founds an organism and lets the other nodes join; resolves when every cell is placed. */
  static async grow(options: WorldOptions = {}): Promise<World> {
    const genomes = options.genomes ?? (await smallGenomes());
    const world = new World(options, genomes, PRESETS[options.preset ?? 'lan']);
    const { nodes = 5 } = options;
    const operator = twinSigner(`operator-${world.entropy.float()}`);
    const founder = world.#make();
    await founder.found(charter(operator, genomes, {}, world.entropy.fork('charter')));
    await world.until(() => founder.living.ready(), GROW_WITHIN_MS, 'the founder is placed');
    await world.add(nodes - 1);
    await world.untilWhole(GROW_WITHIN_MS);
    return world;
  }

  /** Every node that was ever made, running or not. */
  get nodes(): readonly SimNode[] {
    return this.#nodes;
  }

  get running(): readonly SimNode[] {
    return this.#nodes.filter((node) => node.running);
  }

  at(index: number): SimNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node;
  }

  /** The node's services. Throws `unreachable` while it is not running. */
  node(index: number): SimNode['living'] {
    return this.at(index).living;
  }

  /** New nodes, invited by the founder, all started at once. */
  async add(count: number): Promise<readonly SimNode[]> {
    if (count <= 0) return [];
    const token = await this.run(this.node(0).invite({ uses: count }));
    const added = Array.from({ length: count }, () => this.#make());
    for (const node of added) await node.join(token);
    return added;
  }

  // ---- Faults ------------------------------------------------------------------------------------------------------

  /** `kill -9`. The disk keeps what was flushed. */
  crash(index: number): void {
    this.trace.note('crash', index);
    this.at(index).crash();
  }

  async restart(index: number): Promise<void> {
    this.trace.note('restart', index);
    await this.at(index).restart();
  }

  /** Nodes of different groups can't reach each other; those that no group names are one more group. */
  partition(...groups: readonly (readonly number[])[]): void {
    this.trace.note('partition', JSON.stringify(groups));
    this.network.partition(groups.map((group) => group.map((index) => this.at(index).id)));
  }

  /** Ends every partition. */
  repair(): void {
    this.trace.note('repair');
    this.network.repair();
  }

  /** What a sends to b, and b to a, waits until `release`. */
  hold(a: number, b: number): void {
    this.trace.note('hold', a, b);
    this.network.hold(this.at(a).id, this.at(b).id);
  }

  release(a: number, b: number): void {
    this.trace.note('release', a, b);
    this.network.release(this.at(a).id, this.at(b).id);
  }

  /** Each leg of an exchange is lost with this probability from now on. */
  lose(probability: number): void {
    this.trace.note('lose', probability);
    this.#loss = probability;
  }

  // ---- Time --------------------------------------------------------------------------------------------------------

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Lets time pass until it holds. @throws Error naming `what` after `maxMs` virtual milliseconds */
  async until(holds: () => boolean, maxMs: number, what = 'the condition'): Promise<void> {
    const reached = await this.clock.runUntil(holds, maxMs);
    if (!reached) throw new Error(`${what} did not come true within ${maxMs} virtual ms`);
  }

  /** Lets time pass until a promise of a node settles. */
  async run<T>(promise: Promise<T>, maxMs = 120_000): Promise<T> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    // The rejection is the caller's to see, below; until then nobody else may see it as unhandled.
    done.catch(() => undefined);
    await this.until(() => settled, maxMs, 'the call');
    return done;
  }

  // ---- What is ---------------------------------------------------------------------------------------------------

  /** Resolves when the organism is whole: see `flaws`. */
  async untilWhole(maxMs: number): Promise<void> {
    let flaws = this.flaws();
    for (let waited = 0; flaws.length > 0 && waited < maxMs; waited += LOOK_EVERY_MS) {
      await this.advance(LOOK_EVERY_MS);
      flaws = this.flaws();
    }
    if (flaws.length > 0)
      throw new Error(`the organism is not whole after ${maxMs} virtual ms: ${flaws.slice(0, 5).join('; ')}`);
  }

  /** Why the organism is not whole: running nodes without a place, holes, differing views. Empty when it is. */
  flaws(): string[] {
    const flaws: string[] = [];
    const running = this.running;
    const views = running.map((node) => node.living.view);
    const newest = views.reduce<View | null>(
      (best, view) => (view !== null && view.version > (best?.version ?? 0) ? view : best),
      null,
    );
    if (newest === null) return ['nobody has a view'];
    const live = new Set(running.map((node) => node.id));
    for (const [index, node] of running.entries()) {
      if (views[index]?.hash !== newest.hash)
        flaws.push(`node ${node.index} has version ${views[index]?.version ?? 0} of ${newest.version}`);
      else if (!node.living.ready()) flaws.push(`node ${node.index} is not placed`);
    }
    for (const map of Object.values(newest.trees)) {
      if (map.slots.length !== live.size)
        flaws.push(`${map.genome} has ${map.slots.length} slots for ${live.size} nodes`);
      for (const [slot, { node }] of map.slots.entries())
        if (!live.has(node)) flaws.push(`slot ${slot + 1} of ${map.genome} is held by a dead node`);
    }
    return flaws;
  }

  indexOf(node: NodeId): number {
    return this.#nodes.findIndex((candidate) => candidate.id === node);
  }

  status(index = this.running[0]?.index ?? 0): Promise<OrganismStatus> {
    return this.run(this.node(index).status());
  }

  #make(): SimNode {
    const index = this.#nodes.length;
    const node = new SimNode(index, this.#surroundings, this.entropy.fork(`node-${index}`), this.#zoneOf(index));
    this.#nodes.push(node);
    return node;
  }

  #passage(from: NodeId, to: NodeId, request: PeerRequest, leg: Leg): Passage {
    const [min, max] = this.#delayMs;
    const delayMs = min + this.#draw.float() * (max - min);
    const deliver = this.#loss === 0 || this.#draw.float() >= this.#loss;
    const bytes = request.route === 'shard.get' ? 0 : request.bytes.byteLength;
    this.trace.note(from, to, leg, request.route, bytes, Math.round(this.clock.monotonic() * 1000), deliver ? 1 : 0);
    return { deliver, delayMs };
  }
}

/** The shipped genomes with the smallest shards, so that small files have several. */
async function smallGenomes(): Promise<readonly Genome[]> {
  const genomes = await Promise.all(SHIPPED_GENOMES.map((path) => loadGenome(path)));
  return genomes.map((genome) => ({
    ...genome,
    organs: Object.fromEntries(
      Object.entries(genome.organs).map(([name, organ]) => [
        name,
        organ.kind === 'shards' ? { ...organ, shardBytes: 65_536 } : organ,
      ]),
    ),
  }));
}
