import type { ActorSystem, ActorSystemOptions } from '../../actors/actor-system.ts';
import type { AnyOrgan } from '../../actors/any-organ.ts';
import { Bus } from '../../actors/bus.ts';
import { DeadLetters } from '../../actors/dead-letters.ts';
import { Scheduler } from '../../actors/scheduler.ts';
import type { Command } from '../../contract/entries.ts';
import { Fault } from '../../contract/errors.ts';
import type { LetterService } from '../../contract/letters.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { LocalStatus } from '../../contract/services.ts';
import type { Message } from '../../contract/wire.ts';
import type { NodeId, TreeId } from '../../contract/words.ts';
import type { PublishBody } from '../../organs/broadcast/index.ts';
import type { ConsensusFacts } from '../../organs/consensus/index.ts';
import { laneMessages } from '../../organs/outbox/index.ts';
import { Courier } from '../membrane/courier.ts';
import { Gate, type ShardPort, type Standing } from '../membrane/gate.ts';
import { type Cell, growCells } from './cells.ts';
import { Failures } from './failures.ts';
import { logMembership } from './membership-log.ts';
import type { NodeOutlet } from './outlet.ts';
import { Outlook } from './outlook.ts';
import type { NodePlan } from './plan.ts';
import { Quarantine } from './quarantine.ts';
import { Reception } from './reception.ts';
import { bodyOf, TreeRegisters } from './registers.ts';
import { STATUS_KIND, statusAnswers, statusMessages } from './status.ts';
import { growStem, type Stem } from './stem.ts';
import { CellTree } from './tree-service.ts';
import { Vocabulary } from './vocabulary.ts';

/** Told to every cell of the first tree before the whole organism stops. */
export const HALT_TOPIC = 'organism.halt';
/** A paused node's slots stay its own for so long. */
export const RETURN_WITHIN_MS = 60_000;
/** How long a pause waits for the queue to drain. */
const DRAIN_MS = 2_000;

/** The parts of a node and how they hang together: membrane, stem and cells around one bus. */
export class Body {
  readonly plan: NodePlan;
  readonly bus = new Bus();
  readonly outlook: Outlook;
  readonly gate: Gate;
  readonly outlet: NodeOutlet;
  readonly cells: ReadonlyMap<TreeId, Cell>;
  readonly failures: Failures;
  readonly #courier: Courier;
  readonly #stem: Stem;
  #url = '';
  #started = false;
  #localStatus: () => LocalStatus = () => {
    throw new Fault('starting');
  };

  constructor(plan: NodePlan) {
    this.plan = plan;
    const { ports } = plan;
    const self = ports.signer.node;
    this.outlook = new Outlook(self, this.bus);
    logMembership(this.bus, ports.log, self);
    this.#courier = this.#makeCourier();
    const vocabulary = new Vocabulary();
    const system: Omit<ActorSystemOptions, 'name' | 'outlet'> = {
      ports,
      bus: this.bus,
      scheduler: new Scheduler(ports.clock),
      deadLetters: new DeadLetters(),
      onEscalate: (error, organ) => this.failures.ofStem(this.stem, organ, error),
    };
    const hasFailed = (genome: string): boolean => this.#hasFailed(genome);
    this.#stem = growStem({ plan, system, courier: this.#courier, vocabulary, hasFailed });
    this.outlet = this.#stem.outlet;
    this.failures = this.#makeFailures();
    this.cells = growCells({
      plan,
      system: { ...system, outlet: this.outlet },
      onFailed: (cell, organ, error) => this.failures.ofCell(cell, this.cells.values(), organ, error),
      treeService: (tree) =>
        new CellTree({ self, tree, outlook: this.outlook, outlet: this.outlet, courier: this.#courier }),
      registers: (tree) => new TreeRegisters(this.stem, ports.store, tree, () => this.outlook.sovereign),
      publish: async (tree, topic, body) => {
        const publication: PublishBody = {
          tree,
          topic,
          body,
          order: 'origin',
          confirm: false,
          late: false,
        };
        bodyOf(await this.stem.deliver({ kind: 'broadcast.publish', body: publication }));
      },
    });
    this.gate = this.#makeGate(vocabulary);
    this.bus.on('consensus.committed').subscribe(({ view, previous }) => {
      if (view.members !== previous.members) this.gate.reconsider();
    });
    this.bus.on('consensus.forked').subscribe(({ version, signers }) => {
      ports.log.error('consensus.forked', { version, signers });
    });
    this.bus.on('broadcast.received').subscribe(({ topic, origin }) => {
      if (topic === HALT_TOPIC) this.bus.emit('node.halted', { by: origin });
    });
    vocabulary.add([
      ...this.#cellOrgans(),
      { messages: statusMessages, answers: statusAnswers },
      { messages: laneMessages, answers: {} },
    ]);
  }

  get url(): string {
    return this.#url;
  }

  get stem(): ActorSystem {
    return this.#stem.system;
  }

  queues(): LocalStatus['queues'] {
    return this.#stem.queues();
  }

  get letters(): LetterService {
    return this.#stem.letters;
  }

  /** Opens the membrane, then starts stem and cells. */
  async start(localStatus: () => LocalStatus): Promise<void> {
    this.#localStatus = localStatus;
    this.#url = await this.plan.membrane.listen(this.gate.handle);
    for (const cell of this.cells.values()) cell.system.start(cell.organs);
    this.#stem.start(this.#url);
    this.#started = true;
  }

  /** Tells the peers that this node will be back, and waits a bounded time for the queue to drain. */
  async pause(): Promise<void> {
    const drained = this.#stem.drained(DRAIN_MS);
    this.bus.emit('node.pausing', { returnWithinMs: RETURN_WITHIN_MS });
    await drained;
  }

  async stop(): Promise<void> {
    await this.failures.stop();
    // First the doors: what is being worked on is finished by organs that are still there.
    await this.plan.membrane.close();
    this.#courier.close();
    await this.plan.extractor.close();
    await Promise.all([...this.cells.values()].map((cell) => cell.system.stop()));
    await this.stem.stop();
    await this.plan.ports.store.close();
    this.#end();
  }

  kill(): void {
    void this.failures.stop();
    void this.plan.extractor.close();
    for (const cell of this.cells.values()) cell.system.kill();
    this.stem.kill();
    this.#courier.close();
    this.#end();
  }

  #end(): void {
    this.bus.close();
  }

  #cellOrgans(): readonly AnyOrgan[] {
    return [...this.cells.values()].flatMap((cell) => cell.organs);
  }

  /** Of a cell that gave its slot up nobody asks for another one in this life of the node; all cells come back with the next. */
  #hasFailed(genome: string): boolean {
    const cells = [...this.cells.values()];
    const failed = cells.filter(({ tree }) => this.failures.has(tree));
    return failed.length < cells.length && failed.some((cell) => cell.genome === genome);
  }

  #makeFailures(): Failures {
    const { ports } = this.plan;
    const self = ports.signer.node;
    return new Failures({
      self,
      ports,
      view: () => this.outlook.view,
      giveUp: (tree) => {
        const command: Command = { type: 'leave', node: self, trees: [tree] };
        return this.stem.deliver({ kind: 'consensus.propose', body: { command } });
      },
    });
  }

  #makeCourier(): Courier {
    const { ports, membrane, seal = false, organism, incarnation, contacts } = this.plan;
    return new Courier({
      ...ports,
      membrane,
      seal,
      incarnation,
      organism: () => organism,
      addressOf: (node) =>
        this.outlook.view?.members[node]?.urls[0] ?? contacts.find((contact) => contact.node === node)?.url,
      onSuperseded: (by, heard) =>
        this.bus.emit('consensus.refused', {
          code: 'superseded',
          detail: `incarnation ${heard} of this key is known to ${by}`,
        }),
    });
  }

  #makeGate(vocabulary: Vocabulary): Gate {
    const { ports, seal = false, organism, incarnation } = this.plan;
    const systems = new Map([...this.cells].map(([tree, cell]) => [tree, cell.system]));
    const reception = new Reception({
      vocabulary,
      stem: this.stem,
      cells: systems,
      store: ports.store,
      quarantine: new Quarantine(ports.clock),
      answer: (message) => this.#answer(message),
    });
    return new Gate({
      ...ports,
      seal,
      incarnation,
      organism: () => organism,
      standing: (node) => this.standing(node),
      accepts: (kind, standing) => vocabulary.accepts(kind, standing),
      deliver: (message, origin) => reception.deliver(message, origin),
      refuse: (message, origin, code) => reception.refuse(message, origin, code),
      shards: this.#shardPort(),
      onContact: (node, heard) => this.#courier.learn(node, heard),
    });
  }

  /** By the view on the disk; before there is one, the contacts that the invitation names are trusted. */
  standing(node: NodeId): Standing {
    if (!this.#started) return 'undecided';
    const { view } = this.stem.facts<ConsensusFacts>('consensus');
    if (view === null) return this.plan.contacts.some((contact) => contact.node === node) ? 'member' : 'undecided';
    const member = view.members[node];
    if (member === undefined) return 'unknown';
    return member.revoked ? 'revoked' : 'member';
  }

  #answer({ kind }: Message): Outcome | undefined {
    if (kind !== STATUS_KIND) return undefined;
    return { ok: true, body: { ...this.#localStatus() } as never };
  }

  #shardPort(): ShardPort {
    const inboundOf = (tree: TreeId) => {
      const inbound = this.cells.get(tree)?.shards?.inbound;
      if (inbound === undefined) throw new Fault('not-found', 'no cell of that tree keeps shards here');
      return inbound;
    };
    return {
      put: async (tree, hash, bytes, from) => {
        // What a cell that leaves still has may be fetched; it takes nothing in.
        if (this.failures.has(tree)) throw new Fault('not-found', 'the cell of that tree has failed here');
        return inboundOf(tree).put(hash, bytes, from);
      },
      get: async (tree, hash, from) => inboundOf(tree).get(hash, from),
    };
  }
}
