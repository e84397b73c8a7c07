import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { ActorSystem } from '../../../src/actors/actor-system.ts';
import { Bus } from '../../../src/actors/bus.ts';
import type { OutboundMessage, Outlet } from '../../../src/actors/outlet.ts';
import { treeIdOf } from '../../../src/contract/encoding.ts';
import type { Founding } from '../../../src/contract/entries.ts';
import type { NodeEvents } from '../../../src/contract/events.ts';
import { PRESETS } from '../../../src/contract/limits.ts';
import type { Organ, Outcome } from '../../../src/contract/organ.ts';
import type { Store } from '../../../src/contract/ports.ts';
import type { RegisterWrite } from '../../../src/contract/services.ts';
import type { Json, JsonObject, NodeId, OrganismId, View } from '../../../src/contract/words.ts';
import {
  type ConsensusFacts,
  consensusOrgan,
  invitationClaim,
  type JoinIntent,
} from '../../../src/organs/consensus/index.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { foundingOf, GENOMES, invite, memberOf, nodeOf, organismOf, signerOf, verify } from './logbook.ts';

export interface WorldOptions {
  readonly seed?: number;
  /** Of all messages and answers. @default 0 */
  readonly loss?: number;
  /** One way, at most, milliseconds. @default 4 */
  readonly latencyMs?: number;
}

type Told = { readonly [K in keyof NodeEvents]: { readonly kind: K; readonly body: NodeEvents[K] } }[keyof NodeEvents];

/** One node that has nothing but this organ, with its disk; `system` is gone while it is down. */
export interface TestNode {
  readonly name: string;
  readonly id: NodeId;
  readonly disk: MemoryDisk;
  store: Store;
  system: ActorSystem | undefined;
  bus: Bus;
  incarnation: number;
  /** What the organ told the rest of its node, oldest first. */
  readonly told: Told[];
}

const ajv = new Ajv();

/** Nodes on virtual time that reach each other through a network that may lose, delay and reorder. */
export class World {
  readonly clock = new VirtualClock();
  readonly founding: Founding = foundingOf();
  readonly organism: OrganismId = organismOf(this.founding);
  readonly nodes = new Map<NodeId, TestNode>();
  readonly failures: string[] = [];
  /** Sees every message before it leaves; false loses it. */
  filter: (from: NodeId, to: NodeId, message: OutboundMessage) => boolean = () => true;
  loss: number;
  readonly #latencyMs: number;
  readonly #entropy;

  constructor({ seed = 1, loss = 0, latencyMs = 4 }: WorldOptions = {}) {
    this.loss = loss;
    this.#latencyMs = latencyMs;
    this.#entropy = seededEntropy(seed);
  }

  // ---- Lives of nodes ----------------------------------------------------------------------------------------------

  async found(): Promise<TestNode> {
    const node = this.#start(this.#node('founder'), null);
    this.#pulse();
    await this.reach(() => this.facts('founder').view !== null);
    return node;
  }

  /** A newcomer with an invitation that the founder gives out first. */
  async join(name: string, contacts: readonly string[] = ['founder']): Promise<TestNode> {
    return this.enter(name, await this.invitation(name, contacts));
  }

  async invitation(name: string, contacts: readonly string[] = ['founder']): Promise<JoinIntent> {
    const { signer, open } = invite(`for ${name} at ${this.clock.monotonic()}`, this.clock.now() + 600_000);
    const given = await this.propose('founder', { type: 'invite', invitation: open as unknown as Json });
    expect(given).toMatchObject({ ok: true });
    const signature = signer.sign('invitation', invitationClaim(this.organism, nodeOf(name)));
    return { contacts: contacts.map(nodeOf), invitation: { id: signer.node, signature } };
  }

  enter(name: string, join: JoinIntent | null): TestNode {
    return this.#start(this.#node(name), join);
  }

  crash(name: string): void {
    const node = this.node(name);
    node.system?.kill();
    node.disk.crash();
    node.system = undefined;
  }

  restart(name: string, join: JoinIntent | null = null): TestNode {
    const node = this.node(name);
    node.incarnation += 1;
    return this.#start(node, join);
  }

  node(name: string): TestNode {
    const node = this.nodes.get(nodeOf(name));
    if (node === undefined) throw new Error(`there is no node '${name}'`);
    return node;
  }

  // ---- What a test looks at ----------------------------------------------------------------------------------------

  facts(name: string): ConsensusFacts {
    const { system } = this.node(name);
    if (system === undefined) throw new Error(`${name} is down`);
    return system.facts<ConsensusFacts>('consensus');
  }

  view(name: string): View {
    const { view } = this.facts(name);
    if (view === null) throw new Error(`${name} has no view yet`);
    return view;
  }

  mode(name: string): string {
    return this.node(name).system?.mode('consensus') ?? 'down';
  }

  register(name: string, key: string): Json | undefined {
    return this.node(name).store.get('registers', `${this.tree}/${key}`);
  }

  get tree(): string {
    return treeIdOf(this.organism, 'shardTree');
  }

  slots(name: string): string[] {
    const names = new Map([...this.nodes.values()].map((node) => [node.id, node.name]));
    return (this.view(name).trees[this.tree]?.slots ?? []).map(({ node }) => names.get(node) ?? '?');
  }

  // ---- What a test does --------------------------------------------------------------------------------------------

  propose(name: string, command: JsonObject): Promise<Outcome> {
    return this.until(this.ask(name, 'consensus.propose', { command }));
  }

  set(name: string, ...writes: readonly RegisterWrite[]): Promise<Outcome> {
    return this.propose(name, { type: 'set', tree: this.tree, writes: writes as unknown as Json });
  }

  /** Asks the node's own organ, as its services do. */
  ask(name: string, kind: string, body: Json, deadlineMs = 5_000): Promise<Outcome> {
    const { system } = this.node(name);
    if (system === undefined) throw new Error(`${name} is down`);
    return system.deliver({ kind, body }, { deadlineMs });
  }

  emit<K extends keyof NodeEvents>(name: string, kind: K, body: NodeEvents[K]): void {
    this.node(name).bus.emit(kind, body);
  }

  /** What every other node believes of this one from now on. */
  believe(name: string, state: 'live' | 'suspect' | 'paused' | 'dead'): void {
    for (const node of this.nodes.values()) {
      if (node.name !== name && node.system !== undefined)
        node.bus.emit('pulse.changed', { node: nodeOf(name), state });
    }
  }

  /** Lets time pass until the promise is settled, at most a minute. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    if (!(await this.clock.runUntil(() => settled, 60_000))) throw new Error('not settled within a minute');
    return promise;
  }

  async reach(what: () => boolean, withinMs = 30_000): Promise<void> {
    expect(await this.clock.runUntil(what, withinMs), `not reached within ${withinMs} ms: ${what}`).toBe(true);
  }

  /** True where every running node has the leader's log. */
  agree(): boolean {
    const hash = this.facts('founder').view?.hash;
    return [...this.nodes.values()].every(
      ({ system }) => system === undefined || system.facts<ConsensusFacts>('consensus').view?.hash === hash,
    );
  }

  // ---- Behind the scenes -------------------------------------------------------------------------------------------

  /** What probes find out in time: who is behind the leader hears of it, once a second. */
  #pulse(): void {
    const { system } = this.node('founder');
    const ahead = system?.facts<ConsensusFacts>('consensus').view;
    for (const node of this.nodes.values()) {
      const behind = node.system?.facts<ConsensusFacts>('consensus').view;
      if (ahead == null || behind == null || behind.version >= ahead.version) continue;
      const { generation, epoch, version } = ahead;
      node.bus.emit('pulse.outdated', { peer: nodeOf('founder'), fence: { generation, epoch, version } });
    }
    this.clock.schedule(1_000, () => this.#pulse());
  }

  #node(name: string): TestNode {
    const disk = new MemoryDisk();
    const store = disk.open({ clock: this.clock, flushMs: 2 });
    const node: TestNode = {
      name,
      id: nodeOf(name),
      disk,
      store,
      system: undefined,
      bus: new Bus(),
      incarnation: 1,
      told: [],
    };
    this.nodes.set(node.id, node);
    return node;
  }

  #start(node: TestNode, join: JoinIntent | null): TestNode {
    const signer = signerOf(node.name);
    if (node.incarnation > 1) node.store = node.disk.open({ clock: this.clock, flushMs: 2 });
    node.bus = new Bus();
    node.bus.events$.subscribe((event) => node.told.push(event as Told));
    const { clock } = this;
    const entropy = this.#entropy.fork(`${node.name} ${node.incarnation}`);
    const ports = { clock, entropy, store: node.store, signer, log: memoryLog() };
    const organ = this.#organ(node, join);
    const onEscalate = (error: unknown): void => void this.failures.push(`${node.name}: ${error}`);
    const outlet = this.#outlet(node.id, organ);
    node.system = new ActorSystem({ name: 'stem', ports, outlet, bus: node.bus, onEscalate });
    node.system.watch('consensus', ({ fate, error }) => {
      if (fate === 'failed') this.failures.push(`${node.name}: ${error}`);
    });
    node.system.start([organ]);
    return node;
  }

  #organ({ name, store, incarnation }: TestNode, join: JoinIntent | null): Organ<ConsensusFacts> {
    const isFounder = name === 'founder';
    const { revoked: _, ...who } = memberOf(name, { incarnation });
    return consensusOrgan({
      self: { ...who, weight: 1, genomes: GENOMES.map(({ genome }) => genome) },
      organism: isFounder ? null : this.organism,
      founding: isFounder ? this.founding : null,
      join,
      timing: PRESETS.lan,
      store,
      verify,
    });
  }

  #outlet(from: NodeId, organ: Organ<ConsensusFacts>): Outlet {
    const send = (to: NodeId, message: OutboundMessage, deadlineMs: number): Promise<Outcome> =>
      new Promise((resolve) => {
        const late = this.clock.schedule(deadlineMs, () => resolve({ ok: false, code: 'deadline' }));
        this.#carry(from, to, message, () => {
          void this.#receive(from, to, message, organ).then((outcome) => {
            this.#carry(to, from, message, () => {
              late();
              resolve(outcome);
            });
          });
        });
      });
    return {
      ask: send,
      tell: (to, message) => void send(to, message, 1_000),
      relay: () => undefined,
      enqueue: () => [],
      enqueued: () => undefined,
      abandoned: () => undefined,
    };
  }

  #carry(from: NodeId, to: NodeId, message: OutboundMessage, arrive: () => void): void {
    if (!this.filter(from, to, message) || this.#entropy.float() < this.loss) return;
    this.clock.schedule(this.#entropy.float() * this.#latencyMs, arrive);
  }

  /** What a membrane does: strangers may only ask to join, and every body must fit its schema. */
  async #receive(from: NodeId, to: NodeId, message: OutboundMessage, organ: Organ<ConsensusFacts>): Promise<Outcome> {
    const system = this.nodes.get(to)?.system;
    if (system === undefined) return { ok: false, code: 'unreachable' };
    const { kind } = message;
    const body = overTheWire(organ.messages[kind], message.body, kind);
    const { view } = system.facts<ConsensusFacts>('consensus');
    const isMember = view === null || view.members[from] !== undefined;
    if (!isMember && kind !== 'consensus.join') return { ok: false, code: 'not-a-member' };
    const outcome = await system.deliver({ kind, body, from, id: 'id' }, { deadlineMs: 10_000 });
    if (!outcome.ok || outcome.body === null) return outcome;
    return { ok: true, body: overTheWire(organ.answers[kind], outcome.body, `the answer to ${kind}`) };
  }
}

function overTheWire(schema: JsonObject | undefined, body: Json, what: string): Json {
  const copy = JSON.parse(JSON.stringify(body)) as Json;
  if (!ajv.validate(schema ?? false, copy)) throw new Error(`${what}: ${ajv.errorsText()}`);
  return copy;
}
