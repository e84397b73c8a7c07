import { base32, sha256 } from '../../../src/contract/encoding.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { PeerHandler, PeerRequest, PeerResponse, Signer } from '../../../src/contract/ports.ts';
import type { Frame, FrameReply, Message } from '../../../src/contract/wire.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { Courier, type CourierOptions } from '../../../src/runtime/membrane/courier.ts';
import { encodeFrame } from '../../../src/runtime/membrane/frame.ts';
import { Gate, type GateOptions, type Origin, type Standing } from '../../../src/runtime/membrane/gate.ts';
import { MemoryNetwork } from '../../../src/runtime/membrane/memory.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';

export const ORGANISM = base32(sha256('the organism of these tests'));
export const OTHER_ORGANISM = base32(sha256('another organism'));
export const TREE = base32(sha256('a tree'));

export const alice = twinSigner('alice');
export const bob = twinSigner('bob');
export const mallory = twinSigner('mallory');

/** What a node of these tests was handed. */
export interface Delivered {
  readonly message: Message;
  readonly origin: Origin;
}

export interface GateUnderTest {
  readonly gate: Gate;
  readonly clock: VirtualClock;
  readonly log: ReturnType<typeof memoryLog>;
  readonly delivered: Delivered[];
  readonly shards: Map<string, Uint8Array>;
}

/** Bob's gate: alice is a member, mallory a stranger, unless `options` say otherwise. */
export function gateOfBob(options: Partial<GateOptions> = {}): GateUnderTest {
  const clock = new VirtualClock();
  const log = memoryLog();
  const delivered: Delivered[] = [];
  const shards = new Map<string, Uint8Array>();
  const gate = new Gate({
    signer: bob,
    clock,
    log,
    organism: () => ORGANISM,
    incarnation: 3,
    standing: (node): Standing => (node === alice.node ? 'member' : 'unknown'),
    accepts: (kind, standing) => (standing === 'member' ? kind !== 'no.such' : kind === 'consensus.join'),
    deliver: async (message, origin) => {
      delivered.push({ message, origin });
      return { ok: true, body: { echo: message.body } };
    },
    shards: {
      put: async (tree, hash, bytes) => void shards.set(`${tree}/${hash}`, bytes),
      get: async (tree, hash) => shards.get(`${tree}/${hash}`),
    },
    ...options,
  });
  return { gate, clock, log, delivered, shards };
}

export const message = (more: Partial<Message> = {}): Message => ({
  id: '1',
  tree: TREE,
  kind: 'notes.post',
  body: 'hi',
  ...more,
});

/** A frame of alice to bob's third incarnation. */
export const frameOf = (more: Partial<Frame> = {}): Frame => ({
  v: 1,
  organism: ORGANISM,
  from: alice.node,
  incarnation: 1,
  to: bob.node,
  toIncarnation: 3,
  lane: 'control',
  seq: 1,
  sentAt: Date.UTC(2025, 0, 1),
  messages: [message()],
  ...more,
});

/** The request that carries a frame, signed by `signer`. */
export function signed(frame: Frame, signer: Signer = alice): PeerRequest & { route: 'frame' } {
  return request(encodeFrame(frame), signer, frame.lane);
}

export function request(
  bytes: Uint8Array,
  signer: Signer = alice,
  lane: Frame['lane'] = 'control',
): PeerRequest & { route: 'frame' } {
  return { route: 'frame', lane, bytes, signature: signer.sign('frame', bytes) };
}

export function jsonOf(response: PeerResponse): Record<string, unknown> & FrameReply {
  return JSON.parse(Buffer.from(response.bytes).toString());
}

export interface StageNode {
  readonly signer: Signer;
  readonly url: string;
  readonly gate: Gate;
  readonly courier: Courier;
  readonly delivered: Delivered[];
  readonly requests: PeerRequest[];
  /** Its process dies and its address refuses connections. */
  crash(): void;
}

export interface StageNodeOptions {
  readonly incarnation?: number;
  readonly answer?: (message: Message, origin: Origin) => Outcome | Promise<Outcome>;
  readonly courier?: Partial<CourierOptions>;
}

/** Gates and couriers on one memory network. All of them are members. */
export class Stage {
  readonly clock = new VirtualClock();
  readonly entropy = seededEntropy(5);
  readonly network: MemoryNetwork;
  readonly #addresses = new Map<string, string>();

  readonly #seal: boolean;

  constructor({ seal = false }: { readonly seal?: boolean } = {}) {
    this.#seal = seal;
    this.network = new MemoryNetwork({ clock: this.clock, entropy: this.entropy });
  }

  async node(signer: Signer, { incarnation = 1, answer, courier }: StageNodeOptions = {}): Promise<StageNode> {
    const url = `https://${signer.node}:4400`;
    const clock = this.clock.scope();
    const log = memoryLog();
    const delivered: Delivered[] = [];
    const requests: PeerRequest[] = [];
    const membrane = this.network.membrane(signer, url, clock);
    const shared = { signer, clock, log, seal: this.#seal, organism: () => ORGANISM, incarnation };
    const gate = new Gate({
      ...shared,
      standing: () => 'member',
      accepts: () => true,
      deliver: async (message, origin) => {
        delivered.push({ message, origin });
        return answer === undefined ? { ok: true, body: message.body } : answer(message, origin);
      },
      shards: { put: async () => undefined, get: async () => undefined },
    });
    const addressOf = (node: string): string | undefined => this.#addresses.get(node);
    const sender = new Courier({ ...shared, entropy: this.entropy.fork(signer.node), membrane, addressOf, ...courier });
    const handler: PeerHandler = (peer, request) => {
      requests.push(request);
      return gate.handle(peer, request);
    };
    this.#addresses.set(signer.node, await membrane.listen(handler));
    const crash = (): void => {
      clock.kill();
      membrane.crash();
    };
    return { signer, url, gate, courier: sender, delivered, requests, crash };
  }

  /** Tells everybody where a node that is not of this stage can be reached. */
  introduce(node: string, url: string): void {
    this.#addresses.set(node, url);
  }

  /** Lets virtual time pass until `promise` settles, at most a minute. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    if (!(await this.clock.runUntil(() => isSettled, 60_000))) throw new Error('not settled within a minute');
    return promise;
  }
}
