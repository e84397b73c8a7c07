import type { AnyOrgan } from '../../actors/any-organ.ts';
import type { Genome } from '../../actors/genome.ts';
import { PRESETS, type Timing } from '../../contract/limits.ts';
import type { PeerRequest, Signer } from '../../contract/ports.ts';
import type { OrganismStatus } from '../../contract/services.ts';
import type { NodeId, Preset } from '../../contract/words.ts';
import { VirtualClock } from '../clock/virtual.ts';
import { type SeededEntropy, seededEntropy } from '../entropy/seeded.ts';
import { type Leg, MemoryNetwork, type Passage } from '../membrane/memory.ts';
import { charter } from '../node/founding.ts';
import { twinSigner } from '../signer/twin.ts';
import type { DiskSnapshot, FlushPoint } from '../store/memory.ts';
import { enterVirtualTime } from './ambient.ts';
import { type Guard, guardOf, together } from './guard.ts';
import type { Happening, Observation } from './observation.ts';
import { SimNode, type Surroundings } from './sim-node.ts';
import { smallGenomes } from './small-genomes.ts';
import { Trace } from './trace.ts';
import { bytesOf, loss, type Rule, Weather } from './weather.ts';
import { flawsOf } from './wholeness.ts';

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
  /**
   * How messages get from node to node: as canonical bytes that are signed, read and verified, or `sealed`, frozen once
   * and handed over by reference, one frame in 64 on the wire: several times faster, for large worlds. @default 'wire'
   */
  readonly mode?: 'wire' | 'sealed';
  /** @default every node is a failure domain of its own */
  zoneOf?(index: number): string;
  /** Organs of one's own in the stem of each node, anew for each of its lives. @default none */
  organsOf?(node: SimNode): readonly AnyOrgan[];
  /** Called before anything happens, for those who want to observe all of it. */
  begin?(world: World): void;
}

/** Where a process can be killed: at its next flush, or at the next thing it says. */
export type CrashPoint = `${FlushPoint}-flush` | 'before-send' | 'before-reply';

/** Nodes that are started at once join within this time, or `grow` fails. */
const GROW_WITHIN_MS = 120_000;
/** Looking at every node after every event would cost more than the run. */
const LOOK_EVERY_MS = 100;
/** Whom a node asks that has lost its disk. */
const CONTACTS = 4;

/**
 * A whole organism in one process on virtual time: the same organs, genomes and wire format as in production, with a
 * network, disks and clocks that fail when told to. What is told to last returns a guard that ends it.
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
  /** Nodes that are not to come back: they left, or were killed for good. */
  readonly retired = new Set<number>();
  /** Nodes that were told to leave. */
  readonly leaving = new Set<number>();
  /** Nodes whose keys somebody else speaks with at the moment: they can't be started. */
  readonly possessed = new Set<number>();
  readonly #nodes: SimNode[] = [];
  readonly #indices = new Map<NodeId, number>();
  readonly #surroundings: Surroundings;
  readonly #zoneOf: (index: number) => string;
  readonly #weather: Weather;
  readonly #observers = new Set<(observation: Observation) => void>();
  #happened: Observation[] = [];
  #failures: unknown[] = [];
  #loss: Guard | undefined;
  #operator: Signer | undefined;

  private constructor(options: WorldOptions, genomes: readonly Genome[], timing: Timing) {
    const { seed = 1, delayMs = [8, 12], flushMs = 2, zoneOf = (index) => `zone-${index}` } = options;
    this.entropy = seededEntropy(seed);
    this.clock = new VirtualClock();
    this.#weather = new Weather({
      delayMs,
      draw: this.entropy.fork('network'),
      entropy: this.entropy.fork('weather'),
      indexOf: (node) => this.indexOf(node),
      now: () => this.now,
      crash: (index) => this.crash(index),
    });
    this.#zoneOf = zoneOf;
    this.network = new MemoryNetwork({ clock: this.clock, entropy: this.entropy.fork('wire') });
    this.network.policy = (from, to, request, leg) => this.#passage(from, to, request, leg);
    this.#surroundings = {
      clock: this.clock,
      network: this.network,
      genomes,
      timing,
      flushMs,
      seal: options.mode === 'sealed',
      organsOf: (node) => options.organsOf?.(node) ?? [],
      observe: (happening) => this.note(happening),
    };
  }

  /** Founds an organism and lets the other nodes join; resolves when every cell is placed. */
  static async grow(options: WorldOptions = {}): Promise<World> {
    const genomes = options.genomes ?? (await smallGenomes());
    const world = new World(options, genomes, PRESETS[options.preset ?? 'lan']);
    options.begin?.(world);
    const { nodes = 5 } = options;
    world.#operator = twinSigner(`operator-${world.entropy.float()}`);
    const founder = world.#make();
    await founder.found(charter(world.#operator, genomes, {}, world.entropy.fork('charter')));
    await world.until(() => founder.living.ready(), GROW_WITHIN_MS, 'the founder is placed');
    await world.add(nodes - 1);
    await world.untilWhole(GROW_WITHIN_MS);
    return world;
  }

  get genomes(): readonly Genome[] {
    return this.#surroundings.genomes;
  }

  /** The organism's key. No node has it. */
  get operator(): Signer {
    if (this.#operator === undefined) throw new Error('the organism was not founded yet');
    return this.#operator;
  }

  /** Every node that was ever made, running or not. */
  get nodes(): readonly SimNode[] {
    return this.#nodes;
  }

  get running(): readonly SimNode[] {
    return this.#nodes.filter((node) => node.running);
  }

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.clock.monotonic();
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

  indexOf(node: NodeId): number {
    return this.#indices.get(node) ?? -1;
  }

  /** New nodes, invited by the first one that runs, all started at once. */
  async add(count: number): Promise<readonly SimNode[]> {
    if (count <= 0) return [];
    const host = this.running[0] ?? this.at(0);
    const token = await this.run(host.living.invite({ uses: count }));
    return Promise.all(Array.from({ length: count }, () => this.join(token)));
  }

  /** One new node, with an invitation that somebody got before. */
  async join(token: string): Promise<SimNode> {
    const node = this.#make();
    await node.join(token);
    return node;
  }

  // ---- Processes ---------------------------------------------------------------------------------------------------

  /** `kill -9`, or with `power` the whole machine: then nobody hears that connections broke. The disk keeps what was flushed. */
  crash(index: number, how: 'crash' | 'power' = 'crash'): void {
    this.trace.note('crash', index);
    this.#weather.spare(index);
    this.at(index).crash(how);
  }

  /** The process dies as soon as it gets there, unless the guard takes it back before. */
  crashAt(index: number, point: CrashPoint): Guard {
    this.trace.note('crashAt', index, point);
    const { disk } = this.at(index);
    if (point === 'before-send') this.#weather.doom(index, 'request');
    else if (point === 'before-reply') this.#weather.doom(index, 'reply');
    else disk.dieAt(point.slice(0, -'-flush'.length) as FlushPoint, () => this.crash(index));
    return guardOf(() => {
      this.#weather.spare(index);
      disk.live();
    });
  }

  async restart(index: number): Promise<void> {
    this.trace.note('restart', index);
    await this.at(index).restart();
  }

  /** The same from an older copy of its disk. Not for voters. */
  async restartFrom(index: number, backup: DiskSnapshot): Promise<void> {
    this.trace.note('restartFrom', index);
    await this.at(index).restartFrom(backup);
  }

  /** The same as `peertree restore` has it: the copy is marked, so that voters may be restored too. */
  async restoreFrom(index: number, backup: DiskSnapshot): Promise<void> {
    this.trace.note('restoreFrom', index);
    await this.at(index).restoreFrom(backup);
  }

  /** The same with an empty disk: the node has its key, and asks others to be let in again. Not for voters. */
  async restartEmpty(index: number): Promise<void> {
    this.trace.note('restartEmpty', index);
    const contacts = this.running.slice(0, CONTACTS).map((node) => ({ node: node.id, url: node.url }));
    await this.at(index).restartEmpty(contacts);
  }

  /** A crash and a restart at once. */
  async bounce(index: number): Promise<void> {
    this.crash(index);
    await this.restart(index);
  }

  /** SIGTERM: a pause in good order. */
  close(index: number): Promise<void> {
    this.trace.note('close', index);
    return this.run(this.at(index).close());
  }

  /** SIGSTOP, until the guard ends it. */
  freeze(index: number): Guard {
    this.trace.note('freeze', index);
    const thaw = this.at(index).freeze();
    return guardOf(() => {
      this.trace.note('thaw', index);
      thaw();
    });
  }

  /** Moves the machine's wall clock. */
  jump(index: number, ms: number): void {
    this.trace.note('jump', index, ms);
    this.at(index).jump(ms);
  }

  /** Lets the machine's clock run faster or slower: 0.001 gains a second in 1,000. */
  drift(index: number, rate: number): Guard {
    this.trace.note('drift', index, rate);
    this.at(index).drift(rate);
    return guardOf(() => this.at(index).drift(0));
  }

  // ---- Network -----------------------------------------------------------------------------------------------------

  /** Nodes of different groups can't reach each other; those that no group names are one more group. */
  partition(...groups: readonly (readonly number[])[]): Guard {
    this.trace.note('partition', JSON.stringify(groups));
    return this.#linked(this.network.partition(groups.map((group) => this.#idsOf(group))));
  }

  /** Nothing that one of `from` says arrives at one of `to`; the other direction stays as it is. */
  cut(from: readonly number[], to: readonly number[]): Guard {
    this.trace.note('cut', JSON.stringify([from, to]));
    const [senders, receivers] = [new Set(this.#idsOf(from)), new Set(this.#idsOf(to))];
    return this.#linked(this.network.cut((one, other) => senders.has(one) && receivers.has(other)));
  }

  /** The two groups can't reach each other, but everybody else reaches both. */
  split(a: readonly number[], b: readonly number[]): Guard {
    return together([this.cut(a, b), this.cut(b, a)]);
  }

  /** Ends every partition, cut and hold. */
  repair(): void {
    this.trace.note('repair');
    this.network.repair();
    this.note({ what: 'linked' });
  }

  /** What a sends to b, and b to a, waits until `release` or the guard's end. */
  hold(a: number, b: number): Guard {
    this.trace.note('hold', a, b);
    this.network.hold(this.at(a).id, this.at(b).id);
    return guardOf(() => this.release(a, b));
  }

  release(a: number, b: number): void {
    this.trace.note('release', a, b);
    this.network.release(this.at(a).id, this.at(b).id);
  }

  /** A rule of the network, such as `delay({ minMs: 100, maxMs: 200, nodes: [3] })`. `label` names the stream it draws from. */
  rule(rule: Rule, label?: string): Guard {
    this.trace.note('rule', label ?? '');
    return this.#weather.set(rule, label);
  }

  /** Each leg of an exchange is lost with this probability from now on; it takes the place of what was set so before. */
  lose(probability: number): Guard {
    this.trace.note('lose', probability);
    this.#loss?.dispose();
    this.#loss = this.#weather.set(loss({ rate: probability }), 'lose');
    return this.#loss;
  }

  /** Ends every rule of the network. */
  calm(): void {
    this.trace.note('calm');
    this.#weather.clear();
  }

  // ---- Time --------------------------------------------------------------------------------------------------------

  /** Lets time pass. @throws whatever an observer throws, such as a `Violation`, at the event that it was about */
  async advance(ms: number): Promise<void> {
    await this.#pass(() => false, ms);
  }

  /** Lets time pass until it holds. @throws Error naming `what` after `maxMs` virtual milliseconds */
  async until(holds: () => boolean, maxMs: number, what = 'the condition'): Promise<void> {
    const reached = await this.#pass(holds, maxMs);
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

  /** @returns whether it held within the time */
  async #pass(holds: () => boolean, maxMs: number): Promise<boolean> {
    const leave = enterVirtualTime();
    try {
      return await this.clock.runUntil(() => this.#turn() || holds(), maxMs);
    } finally {
      leave();
    }
  }

  /** Lets a promise run beside whatever else happens. Where it rejects, the next passage of time does so too. */
  background(promise: Promise<unknown>): void {
    promise.catch((error: unknown) => this.#failures.push(error));
  }

  // ---- What is -----------------------------------------------------------------------------------------------------

  /**
   * Tells what happens from now on, in order: between two events of the clock what the first one led to. What it throws
   * comes out of `advance`, `until` or `run`.
   */
  observe(observer: (observation: Observation) => void): Guard {
    this.#observers.add(observer);
    return guardOf(() => this.#observers.delete(observer));
  }

  /** Something happened that observers should know. */
  note(happening: Happening): void {
    if (this.#observers.size > 0) this.#happened.push({ at: this.clock.monotonic(), ...happening } as Observation);
  }

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
    return flawsOf(this.#nodes);
  }

  status(index = this.running[0]?.index ?? 0): Promise<OrganismStatus> {
    return this.run(this.node(index).status());
  }

  /** After each event: what it led to is told. Always false, as the clock asks it whether to stop. */
  #turn(): false {
    if (this.#failures.length > 0) throw this.#failures.shift();
    if (this.#happened.length === 0) return false;
    const happened = this.#happened;
    this.#happened = [];
    const errors: unknown[] = [];
    for (const observer of this.#observers) {
      try {
        for (const observation of happened) observer(observation);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
    return false;
  }

  #make(): SimNode {
    const index = this.#nodes.length;
    const node = new SimNode(index, this.#surroundings, this.entropy.fork(`node-${index}`), this.#zoneOf(index));
    this.#nodes.push(node);
    this.#indices.set(node.id, index);
    return node;
  }

  #idsOf(indices: readonly number[]): NodeId[] {
    return indices.map((index) => this.at(index).id);
  }

  #linked(end: () => void): Guard {
    this.note({ what: 'linked' });
    return guardOf(() => {
      this.trace.note('mend');
      end();
      this.note({ what: 'linked' });
    });
  }

  #passage(from: NodeId, to: NodeId, request: PeerRequest, leg: Leg): Passage {
    const passage = this.#weather.passage(from, to, request, leg);
    const atUs = Math.round(this.clock.monotonic() * 1000);
    this.trace.note(from, to, leg, request.route, bytesOf(request), atUs, passage.deliver ? 1 : 0);
    return passage;
  }
}
