import type { ActorSystem, FateChange } from '../../actors/actor-system.ts';
import type { AnyOrgan } from '../../actors/any-organ.ts';
import type { Genome } from '../../actors/genome.ts';
import { base64url } from '../../contract/encoding.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import type { Timing } from '../../contract/limits.ts';
import type { Entropy, PeerAddress, Signer } from '../../contract/ports.ts';
import type { RegisterService } from '../../contract/services.ts';
import type { NodeId, OrganismId, TreeId, View } from '../../contract/words.ts';
import { abstention, type JoinIntent } from '../../organs/consensus/index.ts';
import type { Operator } from '../../organs/ledger/index.ts';
import type { ClockScope } from '../clock/scope.ts';
import type { VirtualClock } from '../clock/virtual.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { plainExtractor } from '../extraction/plain-extractor.ts';
import { memoryLog } from '../log/memory.ts';
import type { MemoryMembrane, MemoryNetwork } from '../membrane/memory.ts';
import { Body } from '../node/body.ts';
import type { Charter } from '../node/founding.ts';
import { claimInvite, decodeInvite, type Keyring } from '../node/invitation.ts';
import { LivingNode } from '../node/living-node.ts';
import { TreeRegisters } from '../node/registers.ts';
import { twinSigner } from '../signer/twin.ts';
import { type DiskSnapshot, MemoryDisk } from '../store/memory.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import type { DiskFate, Observe } from './observation.ts';

/** What all nodes of a world share. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly genomes: readonly Genome[];
  readonly timing: Timing;
  readonly flushMs: number;
  /** Frames are handed over by reference instead of as bytes. */
  readonly seal: boolean;
  /** Organs of the stem besides the shipped ones. */
  organsOf(node: SimNode): readonly AnyOrgan[];
  readonly observe: Observe;
}

/** What the cells of every node share. */
const STEM_ORGANS = ['consensus', 'pulse', 'outbox', 'broadcast'] as const;

/** Keys of a simulation: cheap, and all drawn from the seed. */
export function twinKeyring(entropy: Entropy): Keyring {
  return {
    make: () => {
      const secret = base64url(entropy.bytes(16));
      return { secret, signer: twinSigner(secret) };
    },
    open: (secret) => twinSigner(secret),
  };
}

interface Life {
  readonly node: LivingNode;
  readonly body: Body;
  readonly clock: ClockScope;
  /** The same clock for what is on its way to the process, which is no timer of its own. */
  readonly wire: ClockScope;
  readonly membrane: MemoryMembrane;
  readonly store: MemoryStore;
}

interface Start {
  readonly disk: DiskFate;
  readonly charter?: Charter;
  readonly join?: { readonly intent: JoinIntent; readonly contacts: readonly PeerAddress[] };
}

/** One simulated machine: its disk, its key and its clock's error outlive its processes. */
export class SimNode {
  readonly index: number;
  readonly url: string;
  readonly disk = new MemoryDisk();
  readonly signer: Signer;
  readonly log = memoryLog();
  readonly #surroundings: Surroundings;
  readonly #entropy: SeededEntropy;
  readonly #zone: string;
  #incarnation = 0;
  #offsetMs = 0;
  #drift = 0;
  #life: Life | undefined;
  #organism: OrganismId | undefined;
  #operator: Operator | undefined;
  #token: string | undefined;
  /** The last process lost in its crash what its disk had acknowledged. */
  #deceived = false;

  constructor(index: number, surroundings: Surroundings, entropy: SeededEntropy, zone: string) {
    this.index = index;
    this.url = `memory://node-${index}`;
    this.#surroundings = surroundings;
    this.#entropy = entropy;
    this.#zone = zone;
    this.signer = this.#witnessed(twinSigner(`node-${index}-${entropy.float()}`));
    this.disk.onFlush = (writes) => surroundings.observe({ what: 'flushed', node: this, writes });
  }

  get id(): NodeId {
    return this.signer.node;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** How often its process was started. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** @throws Fault unreachable while its process is not running */
  get living(): LivingNode {
    return this.#alive().node;
  }

  /** The clock of its process, which may be wrong. */
  get clock(): ClockScope {
    return this.#alive().clock;
  }

  /** True while it is stopped by `freeze`. */
  get frozen(): boolean {
    return this.#life?.clock.frozen === true;
  }

  get organism(): OrganismId | undefined {
    return this.#organism;
  }

  // ---- What it knows -----------------------------------------------------------------------------------------------

  /** The newest committed view of its process; null while it has none or is not running. */
  get view(): View | null {
    return this.#life?.node.view ?? null;
  }

  /** The trees of which its process has a cell. */
  get trees(): readonly TreeId[] {
    return [...(this.#life?.body.cells.keys() ?? [])];
  }

  /** An organ's facts as of its last durable step, for looking only; undefined where it isn't there. */
  facts<F>(organ: string, tree?: TreeId): F | undefined {
    return this.#look(tree, (system) => system.facts<F>(organ));
  }

  mode(organ: string, tree?: TreeId): string | undefined {
    return this.#look(tree, (system) => system.mode(organ));
  }

  #look<T>(tree: TreeId | undefined, look: (system: ActorSystem) => T): T | undefined {
    const body = this.#life?.body;
    const system = tree === undefined ? body?.stem : body?.cells.get(tree)?.system;
    try {
      return system === undefined ? undefined : look(system);
    } catch (error) {
      if (isFault(error, 'no-actor')) return undefined;
      throw error;
    }
  }

  // ---- What its clients ask ----------------------------------------------------------------------------------------

  /** The registers of one of its cells' trees. */
  registers(tree: TreeId): RegisterService {
    const { body, store } = this.#alive();
    return new TreeRegisters(body.stem, store, tree, () => body.outlook.sovereign);
  }

  /** The organs that its cells share, as the node itself asks them: `tell.stem.deliver({ kind: 'broadcast.publish', ... })`. */
  get stem(): ActorSystem {
    return this.#alive().body.stem;
  }

  // ---- Lives -------------------------------------------------------------------------------------------------------

  /** First start of the first node. */
  found(charter: Charter): Promise<void> {
    this.#organism = charter.organism;
    this.#operator = charter.operator;
    return this.#start({ disk: 'first', charter });
  }

  /** First start of every other node. */
  join(token: string): Promise<void> {
    this.#token = token;
    this.#organism = decodeInvite(token).organism;
    return this.#start({ disk: 'first', ...this.#invited() });
  }

  /** A new process on the same disk. Where it never learnt of the organism, it is invited as the first time. */
  restart(): Promise<void> {
    return this.#start({ disk: this.#deceived ? 'lied' : 'same', ...this.#invitedUnlessKnown() });
  }

  /** A new process on a disk that is older than it should be. Only for nodes that are no voters. */
  restartFrom(snapshot: DiskSnapshot): Promise<void> {
    this.disk.restore(snapshot);
    return this.#start({ disk: 'stale', ...this.#invitedUnlessKnown() });
  }

  /** A new process on a disk from a backup that was marked as such: it abstains until it was let in anew. */
  restoreFrom(snapshot: DiskSnapshot): Promise<void> {
    this.disk.restore(snapshot);
    this.disk.apply([abstention(true)]);
    return this.#start({ disk: 'stale', ...this.#invitedUnlessKnown() });
  }

  /** A new process with the same key and an empty disk. The contacts tell it of the organism again. */
  restartEmpty(contacts: readonly PeerAddress[]): Promise<void> {
    this.disk.wipe();
    return this.#start({ disk: 'lost', join: intentOf(contacts, null) });
  }

  #invitedUnlessKnown(): Pick<Start, 'join'> {
    return this.disk.table('meta').has('view') ? {} : this.#invited();
  }

  #invited(): Pick<Start, 'join'> {
    if (this.#token === undefined) return {};
    const invite = decodeInvite(this.#token);
    const invitation = claimInvite(invite, this.id, twinKeyring(this.#entropy));
    return { join: intentOf(invite.contacts, invitation) };
  }

  async #start({ disk, charter, join }: Start): Promise<void> {
    const { clock: worldClock, network, seal, genomes, timing, flushMs, observe } = this.#surroundings;
    if (this.#organism === undefined) throw new Error(`node ${this.index} was never part of an organism`);
    if (this.#life !== undefined) throw new Error(`node ${this.index} is running`);
    this.#incarnation += 1;
    const [clock, wire] = [1, 2].map(() => worldClock.scope({ offsetMs: this.#offsetMs, drift: this.#drift })) as [
      ClockScope,
      ClockScope,
    ];
    const entropy = this.#entropy.fork(`life-${this.#incarnation}`);
    const store = this.disk.open({ clock, flushMs });
    const membrane = network.membrane({ node: this.id, spki: this.signer.spki }, this.url, wire);
    const body = new Body({
      ports: { clock, entropy, store, signer: this.signer, log: this.log },
      membrane,
      seal,
      keyring: twinKeyring(entropy),
      genomes,
      extractor: plainExtractor,
      timing,
      zone: this.#zone,
      incarnation: this.#incarnation,
      organism: this.#organism,
      found: (self) => charter?.entryFor(self) ?? null,
      ...(this.#operator === undefined ? {} : { operator: this.#operator }),
      join: join?.intent ?? null,
      contacts: join?.contacts ?? [],
      organs: this.#surroundings.organsOf(this),
      pid: this.index,
      data: this.url,
    });
    body.bus.events$.subscribe((event) => observe({ what: 'told', node: this, event }));
    const node = new LivingNode(body);
    this.#life = { node, body, clock, wire, membrane, store };
    observe({ what: 'started', node: this, disk });
    try {
      await body.start(() => node.localStatus());
    } catch (error) {
      // A process that was killed while it started may fail in any way.
      if (this.#life?.body === body) throw error;
      return;
    }
    this.#watchOrgans(body);
  }

  #watchOrgans({ stem, cells }: Body): void {
    const note = ({ organ, fate }: FateChange): void => {
      if (fate === 'restarted') this.#surroundings.observe({ what: 'restarted', node: this, organ });
    };
    for (const organ of STEM_ORGANS) stem.watch(organ, note);
    for (const { system, organs } of cells.values()) for (const { id } of organs) system.watch(id, note);
  }

  /**
   * `kill -9`: nothing of the process happens any more, and what was not flushed is gone. With `power` the whole machine
   * is gone: nobody is told that connections broke.
   */
  crash(how: 'crash' | 'power' = 'crash'): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.clock.kill();
    life.wire.kill();
    life.node.kill();
    if (how === 'power') this.#surroundings.network.darken(this.url);
    life.membrane.crash();
    this.#deceived = this.disk.crash();
    this.#surroundings.observe({ what: 'stopped', node: this, how, timers: 0 });
  }

  /** A life of its key without a process: what an adversary who has stolen it speaks with. */
  borrowKey(): { readonly signer: Signer; readonly incarnation: number } {
    this.#incarnation += 1;
    return { signer: this.signer, incarnation: this.#incarnation };
  }

  /** SIGSTOP: the process does nothing until what is returned is called. */
  freeze(): () => void {
    const { clock, wire } = this.#alive();
    clock.freeze();
    wire.freeze();
    return () => {
      clock.thaw();
      wire.thaw();
    };
  }

  /** Moves the machine's wall clock, for this process and all later ones. */
  jump(ms: number): void {
    this.#offsetMs += ms;
    this.#life?.clock.jump(ms);
    this.#life?.wire.jump(ms);
  }

  /** Lets the machine's clock run faster or slower: 0.001 gains a second in 1,000. */
  drift(rate: number): void {
    this.#drift = rate;
    this.#life?.clock.drift(rate);
    this.#life?.wire.drift(rate);
  }

  /** SIGTERM: a pause in good order. */
  async close(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    await life.node.close();
    // It may have been killed meanwhile.
    if (this.#life !== life) return;
    this.#life = undefined;
    const timers = life.clock.pending;
    life.clock.kill();
    life.wire.kill();
    this.#surroundings.observe({ what: 'stopped', node: this, how: 'close', timers });
  }

  #alive(): Life {
    if (this.#life === undefined) throw new Fault('unreachable', `node ${this.index} is not running`);
    return this.#life;
  }

  /** What voters vouch for is noted: whoever shows another signature has forged it. */
  #witnessed(signer: Signer): Signer {
    return {
      ...signer,
      sign: (domain, bytes) => {
        if (domain === 'view')
          this.#surroundings.observe({ what: 'signed', node: this, domain, text: Buffer.from(bytes).toString() });
        return signer.sign(domain, bytes);
      },
    };
  }
}

function intentOf(
  contacts: readonly PeerAddress[],
  invitation: JoinIntent['invitation'],
): { readonly intent: JoinIntent; readonly contacts: readonly PeerAddress[] } {
  return { intent: { contacts: contacts.map(({ node }) => node), invitation }, contacts };
}
