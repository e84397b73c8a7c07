import { isId, isShardHash } from '../../contract/encoding.ts';
import { FAULTS, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Clock, Log, PeerHandler, PeerIdentity, PeerRequest, PeerResponse, Signer } from '../../contract/ports.ts';
import type { Frame, FrameReply, Lane, Message, Result } from '../../contract/wire.ts';
import type { EpochMs, JsonObject, NodeId, OrganismId, ShardHash, TreeId } from '../../contract/words.ts';
import { deliverAll } from './delivery.ts';
import { encodeReply, frameHash, parseFrame, seal } from './frame.ts';
import { PeerRecords, takeSeq } from './peer-records.ts';
import { problem, problemResponse, type RefusalCode } from './problem.ts';
import { Rejections } from './rejections.ts';
import { ReplyCache } from './reply-cache.ts';
import { fitReply, resultOf } from './result.ts';
import { Skews } from './skews.ts';

export type Standing = 'member' | 'unknown' | 'revoked';

/** Where a message came from, all of it verified. */
export interface Origin {
  readonly from: NodeId;
  readonly spki: string;
  readonly incarnation: number;
  readonly lane: Lane;
  /** By the sender's clock. */
  readonly sentAt: EpochMs;
}

/** The shards of this node's cells, as peers reach them. What rejects with a Fault is answered with its status and code. */
export interface ShardPort {
  /** Resolves once the bytes are flushed. Must check them against `hash`: the gate doesn't. */
  put(tree: TreeId, hash: ShardHash, bytes: Uint8Array, from: NodeId): Promise<void>;
  get(tree: TreeId, hash: ShardHash, from: NodeId): Promise<Uint8Array | undefined>;
}

export interface GateOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  /** Null until this node belongs to one or is about to join one; then every frame is refused. */
  organism(): OrganismId | null;
  readonly incarnation: number;
  standing(node: NodeId): Standing;
  /** Which kinds this node takes from whom. A stranger's frame is refused as a whole unless all of its kinds are. */
  accepts(kind: string, standing: Standing): boolean;
  /** Hands a message to its organ. `{ ok: false, code: 'duplicate' }` says that it had been applied before. */
  deliver(message: Message, origin: Origin): Promise<Outcome>;
  readonly shards: ShardPort;
  /** A sender was verified: it lives, and this is its incarnation. */
  onContact?(node: NodeId, incarnation: number): void;
  /** Lets readers of the same bytes skip parsing; only for simulations in `sealed` mode. @default false */
  readonly seal?: boolean;
}

interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly more?: JsonObject;
}

interface Admitted {
  readonly frame: Frame;
  readonly peer: PeerIdentity;
  readonly standing: Standing;
  readonly bytes: Uint8Array;
}

/**
 * The receiving side of a membrane, the same for HTTPS and the memory twin: decides what gets in, in an order that makes
 * a refusal cheap, and answers every frame with a signed reply or a problem whose code is counted.
 *
 * @example await membrane.listen(new Gate(options).handle)
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #rejections: Rejections;
  readonly #skews: Skews;
  readonly #records = new PeerRecords();
  readonly #replies = new ReplyCache();
  /** Frames being worked on, by peer; strangers share one entry, so that keys, which are free, buy no room. */
  readonly #inFlight = new Map<NodeId, number>();
  #inFlightAll = 0;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#rejections = new Rejections(options.clock, options.log);
    this.#skews = new Skews(options.clock, options.log);
  }

  readonly handle: PeerHandler = (peer, request) => {
    if (request.route === 'frame') return this.#frame(peer, request);
    return this.#shard(peer, request);
  };

  /** What was refused since the start, by reason. */
  rejected(): Record<string, number> {
    return this.#rejections.counts();
  }

  /** Members whose clocks differ from ours by more than `LIMITS.skewMaxMs`, with the difference (theirs minus ours). */
  skews(): Record<NodeId, number> {
    return this.#skews.all();
  }

  /** The highest incarnation heard of a node, 0 where it hasn't been heard. */
  incarnationOf(node: NodeId): number {
    return this.#records.incarnationOf(node);
  }

  // ---- Frames ------------------------------------------------------------------------------------------------------

  #frame(peer: PeerIdentity | null, request: PeerRequest & { route: 'frame' }): Promise<PeerResponse> {
    const admitted = this.#admit(peer, request);
    if ('code' in admitted) return this.#refuse(admitted, peer);
    // Strangers leave no record: keys are free, and a repeated question to join is answered like the first.
    if (admitted.standing !== 'member') return this.#work(admitted, this.#enter(admitted));
    const { frame, bytes } = admitted;
    const record = this.#records.meet(frame.from, frame.incarnation);
    if (record === undefined) return this.#refuse(this.#superseded(frame), peer);
    this.#options.onContact?.(frame.from, frame.incarnation);
    this.#skews.note(frame.from, frame.sentAt);
    const hash = frame.lane === 'ordered' ? frameHash(bytes) : undefined;
    const repeated = hash === undefined ? undefined : this.#replies.get(hash);
    if (repeated !== undefined) return repeated;
    if (!takeSeq(record, frame))
      return this.#refuse({ code: 'replayed', detail: `${frame.lane} frame ${frame.seq}` }, peer);
    const release = this.#enter(admitted);
    if (hash === undefined) return this.#work(admitted, release);
    // One ordered frame of a peer after the other, even where the sender gave one up and sent the next.
    const response = record.tail.then(() => this.#work(admitted, release));
    record.tail = response;
    this.#replies.put(hash, response);
    return response;
  }

  /** Everything that can be said of a frame without remembering anything, cheapest first. */
  #admit(peer: PeerIdentity | null, request: PeerRequest & { route: 'frame' }): Admitted | Refusal {
    const { bytes } = request;
    if (bytes.length > LIMITS.frameBytesMax) return tooLarge(LIMITS.frameBytesMax);
    if (peer === null) return { code: 'no-certificate', detail: 'frames need a client certificate' };
    const standing = this.#options.standing(peer.node);
    if (standing !== 'member' && bytes.length > LIMITS.frameStrangerBytesMax)
      return tooLarge(LIMITS.frameStrangerBytesMax);
    if (this.#isFull(peer, standing)) return BUSY;
    const parsed = parseFrame(bytes);
    if (!parsed.ok) return { code: parsed.rejection, detail: parsed.detail };
    const frame = parsed.value;
    const refusal = this.#misaddressed(frame, request, peer) ?? this.#unwelcome(frame, standing);
    if (refusal !== undefined) return refusal;
    if (!this.#options.signer.verify('frame', bytes, request.signature, peer.spki)) {
      return { code: 'bad-signature', detail: 'not over exactly these bytes' };
    }
    const { incarnation } = this.#options;
    if (frame.toIncarnation !== 0 && frame.toIncarnation !== incarnation) {
      return { code: 'restarted', detail: `this is incarnation ${incarnation}`, more: { incarnation } };
    }
    return { frame, peer, standing, bytes };
  }

  #misaddressed(frame: Frame, { lane }: { lane: Lane }, peer: PeerIdentity): Refusal | undefined {
    if (frame.lane !== lane)
      return { code: 'malformed', detail: `a frame of lane ${frame.lane} came over lane ${lane}` };
    if (frame.organism !== this.#options.organism())
      return { code: 'wrong-organism', detail: `frame for ${frame.organism}` };
    if (frame.to !== this.#options.signer.node) return { code: 'wrong-recipient', detail: `frame for ${frame.to}` };
    if (frame.from !== peer.node) return { code: 'key-mismatch', detail: `frame of ${frame.from}` };
    return undefined;
  }

  #unwelcome(frame: Frame, standing: Standing): Refusal | undefined {
    if (standing === 'revoked') return { code: 'revoked', detail: 'frames of this key are not taken' };
    if (standing === 'member') return undefined;
    const other = frame.messages.find(({ kind }) => !this.#options.accepts(kind, standing));
    return other === undefined ? undefined : { code: 'not-a-member', detail: `${other.kind} is for members` };
  }

  #superseded(frame: Frame): Refusal {
    const incarnation = this.#records.incarnationOf(frame.from);
    return { code: 'superseded', detail: `incarnation ${incarnation} has been heard`, more: { incarnation } };
  }

  /** Never rejects: whatever goes wrong with a message is its result. */
  #work(admitted: Admitted, release: () => void): Promise<PeerResponse> {
    const { frame, peer, standing } = admitted;
    const { from, incarnation, lane, sentAt } = frame;
    const origin: Origin = { from, spki: peer.spki, incarnation, lane, sentAt };
    const deliver = (message: Message): Promise<Result> => this.#deliver(message, origin, standing);
    return deliverAll(frame.messages, { lane, clock: this.#options.clock, deliver }).then((results) => {
      release();
      return this.#reply(admitted, results);
    });
  }

  #deliver(message: Message, origin: Origin, standing: Standing): Promise<Result> {
    const { id, kind } = message;
    if (!this.#options.accepts(kind, standing)) {
      this.#rejections.count('unknown-kind', origin.from, kind);
      return Promise.resolve({ id, status: 'refused', code: 'unknown-kind', detail: kind });
    }
    return this.#options.deliver(message, origin).then(
      (outcome) => resultOf(id, outcome),
      (error: unknown) => this.#undelivered(message, origin, error),
    );
  }

  #undelivered({ id, kind }: Message, { from }: Origin, error: unknown): Result {
    if (isFault(error)) {
      const { code, message: detail, retryAfterMs } = error;
      return resultOf(id, { ok: false, code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    }
    this.#options.log.error('membrane.deliver.failed', { kind, from, error: String(error) });
    return { id, status: 'refused', code: 'internal' };
  }

  #reply({ frame, bytes }: Admitted, results: readonly Result[]): PeerResponse {
    const { signer, clock, incarnation } = this.#options;
    // Members in canonical order: what is written in order needn't be sorted.
    const replyWith = (fitting: readonly Result[]): FrameReply => ({
      at: clock.now(),
      frame: frameHash(bytes),
      from: signer.node,
      incarnation,
      organism: frame.organism,
      results: fitting,
      to: frame.from,
      v: 1,
    });
    let reply = replyWith(results);
    let answer = encodeReply(reply);
    if (answer.length > LIMITS.replyBytesMax) {
      reply = replyWith(fitReply(results, frame.lane));
      answer = encodeReply(reply);
    }
    if (this.#options.seal === true) seal(answer, reply);
    return { status: 200, bytes: answer, signature: signer.sign('reply', answer) };
  }

  // ---- Shards ------------------------------------------------------------------------------------------------------

  async #shard(peer: PeerIdentity | null, request: Exclude<PeerRequest, { route: 'frame' }>): Promise<PeerResponse> {
    const refusal = this.#shardRefusal(peer, request);
    if (refusal !== undefined || peer === null) return this.#refuse(refusal ?? BUSY, peer);
    const release = this.#enter({ peer, standing: 'member' });
    try {
      const { tree, hash } = request;
      if (request.route === 'shard.put') {
        await this.#options.shards.put(tree, hash, request.bytes, peer.node);
        return { status: 204, bytes: NOTHING };
      }
      const bytes = await this.#options.shards.get(tree, hash, peer.node);
      return bytes === undefined ? problem('not-found', hash, this.#options.clock.now()) : { status: 200, bytes };
    } catch (error) {
      return this.#failed(error, request.route, peer);
    } finally {
      release();
    }
  }

  #shardRefusal(peer: PeerIdentity | null, request: Exclude<PeerRequest, { route: 'frame' }>): Refusal | undefined {
    if (request.route === 'shard.put' && request.bytes.length > LIMITS.shardBytesMax)
      return tooLarge(LIMITS.shardBytesMax);
    if (peer === null) return { code: 'no-certificate', detail: 'shards need a client certificate' };
    const standing = this.#options.standing(peer.node);
    if (standing === 'revoked') return { code: 'revoked', detail: 'shards are for members' };
    if (standing === 'unknown') return { code: 'not-a-member', detail: 'shards are for members' };
    if (!isId(request.tree) || !isShardHash(request.hash))
      return { code: 'malformed', detail: 'not a tree id and a SHA-256' };
    return this.#isFull(peer, standing) ? BUSY : undefined;
  }

  #failed(error: unknown, route: string, peer: PeerIdentity): PeerResponse {
    const at = this.#options.clock.now();
    if (!isFault(error)) {
      this.#options.log.error('membrane.shard.failed', { route, from: peer.node, error: String(error) });
      return problem('internal', route, at);
    }
    const { code, message: detail, status, retryAfterMs } = error;
    const more = retryAfterMs === undefined ? {} : { retryAfterMs };
    return problemResponse(status, { ...more, code, title: FAULTS[code].meaning, detail, at });
  }

  // ---- Bounds ------------------------------------------------------------------------------------------------------

  #refuse({ code, detail, more }: Refusal, peer: PeerIdentity | null): Promise<PeerResponse> {
    // A restart is nobody's offence: it is how a sender learns of it.
    if (code !== 'restarted') this.#rejections.count(code, peer?.node ?? null, detail);
    return Promise.resolve(problem(code, detail, this.#options.clock.now(), more));
  }

  #isFull(peer: PeerIdentity, standing: Standing): boolean {
    const own = this.#inFlight.get(roomOf(peer, standing)) ?? 0;
    return own >= LIMITS.framesPerPeerMax || this.#inFlightAll >= LIMITS.requestsInFlightMax;
  }

  /** Takes the room that a request needs; what it returns gives it back. */
  #enter({ peer, standing }: Pick<Admitted, 'peer' | 'standing'>): () => void {
    const room = roomOf(peer, standing);
    this.#inFlight.set(room, (this.#inFlight.get(room) ?? 0) + 1);
    this.#inFlightAll += 1;
    return () => {
      const left = (this.#inFlight.get(room) ?? 1) - 1;
      if (left > 0) this.#inFlight.set(room, left);
      else this.#inFlight.delete(room);
      this.#inFlightAll -= 1;
    };
  }
}

const NOTHING = new Uint8Array(0);
const STRANGERS = 'strangers';
const BUSY_RETRY_MS = 100;
const BUSY: Refusal = { code: 'busy', detail: 'too many at once', more: { retryAfterMs: BUSY_RETRY_MS } };

function roomOf(peer: PeerIdentity, standing: Standing): string {
  return standing === 'member' ? peer.node : STRANGERS;
}

function tooLarge(bytesMax: number): Refusal {
  return { code: 'too-large', detail: `more than ${bytesMax} bytes` };
}
