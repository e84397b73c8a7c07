import { Fault } from '../../contract/errors.ts';
import type { Clock, Entropy, PeerIdentity, PeerRequest, PeerResponse } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';
import { encodeFrame, encodeReply } from './frame.ts';
import { type Cut, Links } from './links.ts';
import { MemoryMembrane, type Talk } from './memory-membrane.ts';

export type { MemoryMembrane } from './memory-membrane.ts';

/** The way there or the way back of an exchange. */
export type Leg = 'request' | 'reply';

/** What the network does to one leg. */
export interface Passage {
  readonly deliver: boolean;
  readonly delayMs: number;
  /** Of a request: it arrives twice. @default false */
  readonly duplicate?: boolean;
  /** One bit of what is carried is another when it arrives. @default false */
  readonly corrupt?: boolean;
  /** Of a request: it arrives, and its answer never does. @default false */
  readonly replyLost?: boolean;
  /** Of a request: the same bytes arrive once more, so many milliseconds later; nobody waits for that answer. */
  readonly replayedAfterMs?: number;
}

/** Asked for each leg, with the request in both cases; `from` and `to` are those of the leg. */
export type Policy = (from: NodeId, to: NodeId, request: PeerRequest, leg: Leg) => Passage;

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** Copies of few bytes share an allocation: making one of its own costs more than the copying. */
const POOLED_BYTES_MAX = 2_048;

/**
 * A network in memory, on virtual time: the twin of HTTPS with the same meanings. Nobody listening is a refused
 * connection, at once; a partition is silence until the deadline; another key is `wrong-key` before anything is said.
 *
 * @example
 * const network = new MemoryNetwork({ clock, entropy })
 * const membrane = network.membrane(signer, 'https://a:1', clock.scope())
 * network.policy = () => ({ deliver: entropy.float() > 0.05, delayMs: 10 })
 */
export class MemoryNetwork {
  policy: Policy = () => ({ deliver: true, delayMs: 1 });
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #links = new Links();
  readonly #listening = new Map<string, MemoryMembrane>();
  /** Machines without power: nothing answers there, not even to refuse. */
  readonly #dark = new Set<string>();

  constructor({ clock, entropy }: MemoryNetworkOptions) {
    this.#clock = clock;
    this.#entropy = entropy;
  }

  /** A node's end. Its events run on `clock`, the clock of its process: they wait while it is frozen and die with it. */
  membrane(identity: PeerIdentity, url: string, clock: Clock): MemoryMembrane {
    const { node, spki } = identity;
    return new MemoryMembrane({
      identity: { node, spki },
      url,
      clock,
      open: (membrane) => this.#open(membrane),
      shut: (membrane) => this.#shut(membrane),
      carry: (conversation) => this.#request(conversation),
      broken: (conversation) => this.#broken(conversation),
    });
  }

  /** Keeps everything between two nodes until `release`, in order. */
  hold(a: NodeId, b: NodeId): void {
    this.#links.hold(a, b);
  }

  release(a: NodeId, b: NodeId): void {
    this.#links.release(a, b);
  }

  /** Nodes of different groups don't reach each other; all that no group names are one more group. What is returned ends it. */
  partition(groups: readonly (readonly NodeId[])[]): () => void {
    return this.#links.partition(groups);
  }

  /** Loses what this says, in that direction, whatever else is cut. What is returned ends it. */
  cut(cut: Cut): () => void {
    return this.#links.cut(cut);
  }

  /** Whether something said now would arrive, as far as cuts go. */
  connects(from: NodeId, to: NodeId): boolean {
    return this.#links.connects(from, to);
  }

  /**
   * The machine at this address loses its power: unlike a process that is killed it neither refuses nor breaks
   * connections, until somebody listens there again.
   */
  darken(url: string): void {
    this.#dark.add(url);
  }

  /** Ends all cuts and releases all held links. */
  repair(): void {
    this.#links.repair();
  }

  #open(membrane: MemoryMembrane): void {
    if (this.#listening.has(membrane.url))
      throw new Fault('port-in-use', `something listens at ${membrane.url} already`);
    this.#dark.delete(membrane.url);
    this.#listening.set(membrane.url, membrane);
  }

  #shut(membrane: MemoryMembrane): void {
    if (this.#listening.get(membrane.url) === membrane) this.#listening.delete(membrane.url);
  }

  #request(conversation: Talk): void {
    const { from, to, request } = conversation;
    const passage = this.policy(from.identity.node, to.node, request, 'request');
    if (!passage.deliver) return;
    const carried = this.#carriedRequest(request, passage.corrupt === true);
    const times = passage.duplicate === true ? 2 : 1;
    for (let time = 0; time < times; time++) this.#requestLeg(conversation, carried, passage);
    const { replayedAfterMs } = passage;
    if (replayedAfterMs === undefined) return;
    const unheard: Talk = { from, to, request, end: ignore, fail: ignore };
    // On the network's own clock: a repeat may reach the next life of its receiver.
    this.#clock.schedule(replayedAfterMs, () => this.#requestLeg(unheard, carried, { ...passage, replyLost: true }));
  }

  #requestLeg(conversation: Talk, request: PeerRequest, passage: Passage): void {
    const { from, to } = conversation;
    // On the receiver's clock, so that a frozen process takes nothing in; where nobody listens, on the network's own.
    const clock = this.#listening.get(to.url)?.clock ?? this.#clock;
    clock.schedule(passage.delayMs, () => {
      this.#links.cross(from.identity.node, to.node, () => this.#arrive(conversation, request, passage));
    });
  }

  #arrive(conversation: Talk, request: PeerRequest, passage: Passage): void {
    const { from, to } = conversation;
    const receiver = this.#listening.get(to.url);
    if (receiver === undefined) {
      if (!this.#dark.has(to.url)) this.#refuse(conversation, new Fault('unreachable', `nothing listens at ${to.url}`));
      return;
    }
    if (receiver.identity.node !== to.node) {
      const detail = `${to.url} presents the key of ${receiver.identity.node}`;
      this.#refuse(conversation, new Fault('wrong-key', detail));
      return;
    }
    receiver.serve(conversation, from.identity, request, (response) => {
      if (passage.replyLost !== true && !receiver.isCrashed) this.#replyLeg(conversation, receiver, response);
    });
  }

  /** A refusal has to find its way back too, where links are cut in one direction. */
  #refuse(conversation: Talk, fault: Fault): void {
    const { from, to } = conversation;
    this.#links.cross(to.node, from.identity.node, () => conversation.fail(fault));
  }

  #replyLeg(conversation: Talk, receiver: MemoryMembrane, response: PeerResponse): void {
    const { from, to, request } = conversation;
    const passage = this.policy(to.node, from.identity.node, request, 'reply');
    if (!passage.deliver) return;
    const carried = this.#carriedResponse(response, receiver.identity.spki, passage.corrupt === true);
    from.clock.schedule(passage.delayMs, () => {
      this.#links.cross(to.node, from.identity.node, () => {
        conversation.end(carried);
      });
    });
  }

  /** The receiver died: its system resets the connection, which the sender sees unless nothing gets through. */
  #broken(conversation: Talk): void {
    const { from, to } = conversation;
    if (this.#dark.has(to.url)) return;
    this.#links.cross(to.node, from.identity.node, () => {
      conversation.fail(new Fault('unreachable', 'the connection broke'));
    });
  }

  #carriedRequest(request: PeerRequest, corrupt: boolean): PeerRequest {
    if (request.route === 'shard.get') return request;
    const sealed = request.route === 'frame' ? request.sealed : undefined;
    if (sealed === undefined) return { ...request, bytes: this.#carry(request.bytes, corrupt) };
    // What is damaged on the way must have been bytes.
    return corrupt
      ? { route: 'frame', lane: sealed.lane, bytes: this.#carry(encodeFrame(sealed), true), signature: '' }
      : request;
  }

  #carriedResponse(response: PeerResponse, spki: string, corrupt: boolean): PeerResponse {
    const { status, bytes, signature, sealed } = response;
    if (sealed !== undefined && !corrupt) return { status, bytes, sealed, spki };
    const carried = this.#carry(sealed === undefined ? bytes : encodeReply(sealed), corrupt);
    return signature === undefined ? { status, bytes: carried, spki } : { status, bytes: carried, signature, spki };
  }

  #carry(bytes: Uint8Array, corrupt: boolean): Uint8Array {
    const copy = bytes.length > POOLED_BYTES_MAX ? new Uint8Array(bytes) : Buffer.from(bytes);
    if (corrupt && copy.length > 0) {
      const bit = Math.floor(this.#entropy.float() * copy.length * 8);
      copy[bit >>> 3] = (copy[bit >>> 3] as number) ^ (1 << (bit & 7));
    }
    return copy;
  }
}

const ignore = (): void => undefined;
