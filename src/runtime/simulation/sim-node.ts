import type { Genome } from '../../actors/genome.ts';
import { base64url } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import type { Timing } from '../../contract/limits.ts';
import type { Entropy, Signer } from '../../contract/ports.ts';
import type { NodeId, OrganismId } from '../../contract/words.ts';
import type { ClockScope } from '../clock/scope.ts';
import type { VirtualClock } from '../clock/virtual.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { memoryLog } from '../log/memory.ts';
import type { MemoryMembrane, MemoryNetwork } from '../membrane/memory.ts';
import type { Charter } from '../node/founding.ts';
import { grow } from '../node/grow.ts';
import { claimInvite, decodeInvite, type Keyring } from '../node/invitation.ts';
import type { LivingNode } from '../node/living-node.ts';
import { twinSigner } from '../signer/twin.ts';
import { MemoryDisk } from '../store/memory.ts';

/** What all nodes of a world share. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly genomes: readonly Genome[];
  readonly timing: Timing;
  readonly flushMs: number;
}

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

/** One simulated machine: its disk and its key outlive its processes. */
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
  #life: { readonly node: LivingNode; readonly clock: ClockScope; readonly membrane: MemoryMembrane } | undefined;
  #organism: OrganismId | undefined;

  constructor(index: number, surroundings: Surroundings, entropy: SeededEntropy, zone: string) {
    this.index = index;
    this.url = `memory://node-${index}`;
    this.#surroundings = surroundings;
    this.#entropy = entropy;
    this.#zone = zone;
    this.signer = twinSigner(`node-${index}-${entropy.float()}`);
  }

  get id(): NodeId {
    return this.signer.node;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** @throws Fault unreachable while its process is not running */
  get living(): LivingNode {
    if (this.#life === undefined) throw new Fault('unreachable', `node ${this.index} is not running`);
    return this.#life.node;
  }

  /** The clock of its process, which may be wrong. */
  get clock(): ClockScope {
    if (this.#life === undefined) throw new Fault('unreachable', `node ${this.index} is not running`);
    return this.#life.clock;
  }

  /** First start of the first node. */
  found(charter: Charter): Promise<void> {
    this.#organism = charter.organism;
    return this.#start({ charter });
  }

  /** First start of every other node. */
  join(token: string): Promise<void> {
    this.#organism = decodeInvite(token).organism;
    return this.#start({ token });
  }

  /** A new process on the same disk. */
  restart(): Promise<void> {
    return this.#start({});
  }

  async #start({ charter, token }: { charter?: Charter; token?: string }): Promise<void> {
    const { clock: worldClock, network, genomes, timing, flushMs } = this.#surroundings;
    if (this.#organism === undefined) throw new Error(`node ${this.index} was never part of an organism`);
    this.#incarnation += 1;
    const clock = worldClock.scope();
    const entropy = this.#entropy.fork(`life-${this.#incarnation}`);
    const store = this.disk.open({ clock, flushMs });
    const membrane = network.membrane({ node: this.id, spki: this.signer.spki }, this.url, clock);
    const keyring = twinKeyring(entropy);
    const invite = token === undefined ? undefined : decodeInvite(token);
    const node = await grow({
      ports: { clock, entropy, store, signer: this.signer, log: this.log },
      membrane,
      keyring,
      genomes,
      timing,
      zone: this.#zone,
      incarnation: this.#incarnation,
      organism: this.#organism,
      found: (self) => charter?.entryFor(self) ?? null,
      join:
        invite === undefined
          ? null
          : {
              contacts: invite.contacts.map((contact) => contact.node),
              invitation: claimInvite(invite, this.id, keyring),
            },
      contacts: invite?.contacts ?? [],
      pid: this.index,
      data: this.url,
    });
    this.#life = { node, clock, membrane };
  }

  /** `kill -9`: nothing of the process happens any more, and what was not flushed is gone. */
  crash(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.clock.kill();
    life.node.kill();
    life.membrane.crash();
    this.disk.crash();
  }

  /** SIGSTOP: the process does nothing until `thaw`. */
  freeze(): void {
    this.clock.freeze();
  }

  thaw(): void {
    this.clock.thaw();
  }

  /** SIGTERM: a pause in good order. */
  async close(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    await life.node.close();
    life.clock.kill();
  }
}
