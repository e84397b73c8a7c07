import { fromBase64url, nodeIdOf } from '../../contract/encoding.ts';
import { isFault } from '../../contract/errors.ts';
import type { Clock, Log, Membrane, PeerRequest, PeerResponse, Signer } from '../../contract/ports.ts';
import type { Frame, FrameReply, Lane, Message, Result } from '../../contract/wire.ts';
import type { NodeId, OrganismId } from '../../contract/words.ts';
import { assembleFrame, type Envelope, encodeMessage, frameHash, parseReply } from './frame.ts';
import { type Parcel, parcelOf } from './parcel.ts';
import { parseProblem } from './problem.ts';
import { sealedFrame, sealedName, sealedParcel, WIRE_EVERY } from './sealing.ts';

export interface DispatchOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  readonly membrane: Membrane;
  organism(): OrganismId | null;
  readonly incarnation: number;
  addressOf(node: NodeId): string | undefined;
  onIncarnation?(node: NodeId, incarnation: number): void;
  onContact?(node: NodeId): void;
  onSuperseded?(by: NodeId, incarnation: number): void;
  /** Hands frames over without making bytes of them; only for simulations in `sealed` mode. @default false */
  readonly seal?: boolean;
}

/** What became of a frame: its receiver's results, or why there are none. */
export type Answer = { readonly ok: true; readonly results: readonly Result[] } | Failure;

export interface Failure {
  readonly ok: false;
  /** A code of faults or the receiver's reason for refusing the whole frame. */
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs?: number;
}

/** A frame ready to be sent, as often as it takes. */
export interface SignedFrame {
  readonly to: NodeId;
  /** Where the receiver was when the frame was made. */
  readonly url: string;
  readonly lane: Lane;
  readonly bytes: Uint8Array;
  readonly signature: string;
  readonly sealed?: Frame;
  readonly parcels: readonly Parcel[];
}

/** What a sender remembers of a peer since its own start. Never forgotten: a number must not be used twice. */
interface Peer {
  incarnation: number;
  control: number;
  ordered: number;
  /** Its key, once a connection has shown it. */
  spki: string | undefined;
}

/**
 * Makes, signs and sends frames and checks what comes back: the part of the sending side that both lanes share. A reply
 * counts only if it is signed by exactly that node and answers exactly those bytes.
 */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #peers = new Map<NodeId, Peer>();
  #made = 0;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** 0 for a peer that hasn't been met since this node's start. */
  incarnationOf(node: NodeId): number {
    return this.#peers.get(node)?.incarnation ?? 0;
  }

  /** A peer has said, verifiably, which incarnation it is. Lower ones are remains of an earlier process. */
  learn(node: NodeId, incarnation: number): void {
    const peer = this.#peer(node);
    if (incarnation <= peer.incarnation) return;
    peer.incarnation = incarnation;
    this.#options.onIncarnation?.(node, incarnation);
  }

  /** The next frame of a lane to a peer, or why there can be none. */
  make(to: NodeId, lane: Lane, parcels: readonly Parcel[]): SignedFrame | Failure {
    const { signer, clock, incarnation } = this.#options;
    const organism = this.#options.organism();
    if (organism === null) return failure('starting', 'this node belongs to no organism yet');
    const url = this.#options.addressOf(to);
    if (url === undefined) return failure('unreachable', 'no address of that node is known');
    const peer = this.#peer(to);
    peer[lane] += 1;
    const envelope: Envelope = {
      v: 1,
      organism,
      from: signer.node,
      incarnation,
      to,
      toIncarnation: peer.incarnation,
      lane,
      seq: peer[lane],
      sentAt: clock.now(),
    };
    this.#made += 1;
    if (this.#options.seal === true && this.#made % WIRE_EVERY !== 0)
      return { to, url, lane, bytes: NO_BYTES, signature: '', sealed: sealedFrame(envelope, parcels), parcels };
    const bytes = assembleFrame(envelope, parcels.map(this.#options.seal === true ? textOf : writtenText));
    return { to, url, lane, bytes, signature: signer.sign('frame', bytes), parcels };
  }

  /** A message as it goes into frames; undefined where it is larger than a frame takes. */
  parcel(message: Message): Parcel | undefined {
    return this.#options.seal === true ? sealedParcel(message) : parcelOf(message);
  }

  /** Sends a frame once. Never rejects. */
  send(frame: SignedFrame, deadlineMs: number, signal?: AbortSignal): Promise<Answer> {
    const url = this.#options.addressOf(frame.to) ?? frame.url;
    const { lane, bytes, signature, sealed } = frame;
    const request: PeerRequest =
      sealed === undefined
        ? { route: 'frame', lane, bytes, signature }
        : { route: 'frame', lane, bytes, signature, sealed };
    const options = signal === undefined ? { deadlineMs } : { deadlineMs, signal };
    return this.#options.membrane.exchange({ node: frame.to, url }, request, options).then(
      (response) => this.#read(frame, response),
      (error: unknown) => this.#failed(frame, error),
    );
  }

  #read(frame: SignedFrame, response: PeerResponse): Answer {
    if (response.status !== 200) return this.#readProblem(frame, response);
    // Only a network within this process hands replies over so, and it has carried it from that very node.
    if (response.sealed !== undefined && frame.sealed !== undefined) return this.#take(frame, response.sealed);
    return this.#readReply(frame, response);
  }

  #readReply(frame: SignedFrame, { bytes, signature, spki }: PeerResponse): Answer {
    const { signer } = this.#options;
    const key = this.#keyOf(frame.to, spki);
    if (key === undefined) return this.#distrust(frame, 'the connection shows another key');
    if (signature === undefined || !signer.verify('reply', bytes, signature, key)) {
      return this.#distrust(frame, 'the reply is not signed by the receiver');
    }
    const parsed = parseReply(bytes);
    if (!parsed.ok) return this.#distrust(frame, `the reply is ${parsed.rejection}: ${parsed.detail}`);
    return this.#take(frame, parsed.value);
  }

  #take(frame: SignedFrame, { organism, from, to, frame: answered, incarnation, results }: FrameReply): Answer {
    const isAnswer =
      from === frame.to &&
      to === this.#options.signer.node &&
      organism === this.#options.organism() &&
      answered === (frame.sealed === undefined ? frameHash(frame.bytes) : sealedName(frame.sealed));
    if (!isAnswer || !answersAll(results, frame.parcels))
      return this.#distrust(frame, 'the reply answers something else');
    if (incarnation < this.incarnationOf(frame.to))
      return failure('unreachable', 'an earlier process of that node answered');
    this.learn(frame.to, incarnation);
    this.#options.onContact?.(frame.to);
    return { ok: true, results };
  }

  #readProblem(frame: SignedFrame, { status, bytes }: PeerResponse): Answer {
    const problem = parseProblem(bytes);
    if (problem === undefined) return failure('unreachable', `answered with status ${status} and no problem`);
    const { code, detail, incarnation, retryAfterMs } = problem;
    if (code === 'restarted' && incarnation !== undefined) this.learn(frame.to, incarnation);
    // Only a higher incarnation than our own is a reason to go.
    if (code === 'superseded' && incarnation !== undefined && incarnation > this.#options.incarnation) {
      this.#options.onSuperseded?.(frame.to, incarnation);
    }
    return { ...failure(code, detail), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }

  #failed({ to }: SignedFrame, error: unknown): Answer {
    if (isFault(error)) return failure(error.code, error.message);
    this.#options.log.error('courier.failed', { to, error: String(error) });
    return failure('internal', 'the membrane failed');
  }

  #distrust({ to }: SignedFrame, detail: string): Answer {
    this.#options.log.warn('courier.distrusted', { to, detail });
    return failure('unreachable', detail);
  }

  /** The peer's key, hashed once: the connection says which key it saw, its hash must be the node's id. */
  #keyOf(node: NodeId, spki: string | undefined): string | undefined {
    const peer = this.#peer(node);
    if (spki === undefined || spki === peer.spki) return peer.spki;
    const der = fromBase64url(spki);
    if (der !== undefined && nodeIdOf(der) === node) peer.spki = spki;
    return peer.spki === spki ? spki : undefined;
  }

  #peer(node: NodeId): Peer {
    let peer = this.#peers.get(node);
    if (peer === undefined) {
      peer = { incarnation: 0, control: 0, ordered: 0, spki: undefined };
      this.#peers.set(node, peer);
    }
    return peer;
  }
}

const NO_BYTES = new Uint8Array(0);
const writtenText = ({ text }: Parcel): string => text;
const textOf = ({ message }: Parcel): string => encodeMessage(message);

/** One result per message, in their order. */
function answersAll(results: readonly Result[], parcels: readonly Parcel[]): boolean {
  return results.length === parcels.length && results.every(({ id }, index) => id === parcels[index]?.message.id);
}

export function failure(code: string, detail: string): Failure {
  return { ok: false, code, detail };
}
