import { FAULTS, isFault } from '../../contract/errors.ts';
import { passingJson } from '../../contract/frozen-json.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Clock, Log, PeerHandler, PeerIdentity, PeerResponse } from '../../contract/ports.ts';
import type { Frame, FrameReply, Lane, Message, Result } from '../../contract/wire.ts';
import type { EpochMs, NodeId, OrganismId, ShardHash, TreeId } from '../../contract/words.ts';
import {
  type Admitted,
  admit,
  type FrameRequest,
  type House,
  type Refusal,
  type ShardRequest,
  type Standing,
  shardRefusal,
  tooLarge,
} from './admission.ts';
import { deliverAll } from './delivery.ts';
import { encodeReply, frameHash } from './frame.ts';
import { PeerRecords, takeSeq } from './peer-records.ts';
import { problem, problemResponse } from './problem.ts';
import { Rejections } from './rejections.ts';
import { ReplyCache } from './reply-cache.ts';
import { fitReply, resultOf } from './result.ts';
import { Room } from './room.ts';
import { sealedName } from './sealing.ts';
import { Skews } from './skews.ts';

export type { Standing } from './admission.ts';

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

export interface GateOptions extends House {
  readonly clock: Clock;
  readonly log: Log;
  /** Null until this node belongs to one or is about to join one; then every frame is refused. */
  organism(): OrganismId | null;
  /** Which kinds this node takes from whom. A stranger's frame is refused as a whole unless all of its kinds are. */
  accepts(kind: string, standing: Standing): boolean;
  /** Hands a message to its organ. `{ ok: false, code: 'duplicate' }` says that it had been applied before. */
  deliver(message: Message, origin: Origin): Promise<Outcome>;
  /** Notes that a message of the ordered lane is refused for good, which uses up its number. @default nothing is noted */
  refuse?(message: Message, origin: Origin, code: string): Promise<Outcome>;
  readonly shards: ShardPort;
  /** A sender was verified: it lives, and this is its incarnation. */
  onContact?(node: NodeId, incarnation: number): void;
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
  readonly #room = new Room();

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

  /** Who is a member may have changed: newcomers that were taken for strangers are taken out of the counts. */
  reconsider(): void {
    this.#rejections.pardon((node) => this.#options.standing(node) === 'member');
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

  #frame(peer: PeerIdentity | null, request: FrameRequest): Promise<PeerResponse> {
    const admitted = admit(peer, request, this.#options, this.#room);
    if ('code' in admitted) return this.#refuse(admitted, peer);
    // Strangers leave no record: keys are free, and a repeated question to join is answered like the first.
    if (admitted.standing !== 'member')
      return this.#work(admitted, this.#room.enter(admitted.peer.node, admitted.standing));
    const { frame } = admitted;
    const record = this.#records.meet(frame.from, frame.incarnation);
    if (record === undefined) return this.#refuse(this.#superseded(frame), peer);
    this.#options.onContact?.(frame.from, frame.incarnation);
    this.#skews.note(frame.from, frame.sentAt);
    const hash = frame.lane === 'ordered' ? nameOf(admitted) : undefined;
    const repeated = hash === undefined ? undefined : this.#replies.get(hash);
    if (repeated !== undefined) return repeated;
    if (!takeSeq(record, frame))
      return this.#refuse({ code: 'replayed', detail: `${frame.lane} frame ${frame.seq}` }, peer);
    const release = this.#room.enter(frame.from, admitted.standing);
    if (hash === undefined) return this.#work(admitted, release);
    // One ordered frame of a peer after the other, even where the sender gave one up and sent the next.
    const response = record.tail.then(() => this.#work(admitted, release));
    record.tail = response.catch(nothing);
    this.#replies.put(hash, response);
    return response;
  }

  #superseded(frame: Frame): Refusal {
    const incarnation = this.#records.incarnationOf(frame.from);
    return { code: 'superseded', detail: `incarnation ${incarnation} has been heard`, more: { incarnation } };
  }

  #work(admitted: Admitted, release: () => void): Promise<PeerResponse> {
    const { frame, peer, standing } = admitted;
    const { from, incarnation, lane, sentAt } = frame;
    const origin: Origin = { from, spki: peer.spki, incarnation, lane, sentAt };
    const deliver = (message: Message, done: (result: Result) => void): void =>
      this.#deliver(message, origin, standing, done);
    return deliverAll(frame.messages, { lane, clock: this.#options.clock, deliver }).then((results) => {
      release();
      return this.#reply(admitted, results);
    });
  }

  /** Whatever goes wrong with a message is its result. */
  #deliver(message: Message, origin: Origin, standing: Standing, done: (result: Result) => void): void {
    const failed = (error: unknown): void => done(this.#undelivered(message, origin, error));
    try {
      this.#outcome(message, origin, standing).then((outcome) => done(resultOf(message.id, outcome)), failed);
    } catch (error) {
      failed(error);
    }
  }

  #outcome(message: Message, origin: Origin, standing: Standing): Promise<Outcome> {
    const { kind } = message;
    if (this.#options.accepts(kind, standing)) return this.#options.deliver(message, origin);
    this.#rejections.count('unknown-kind', origin.from, kind);
    const refused: Outcome = { ok: false, code: 'unknown-kind', detail: kind };
    const noted = origin.lane === 'ordered' ? this.#options.refuse?.(message, origin, refused.code) : undefined;
    return noted ?? Promise.resolve(refused);
  }

  #undelivered({ id, kind }: Message, { from }: Origin, error: unknown): Result {
    if (isFault(error)) {
      const { code, message: detail, retryAfterMs } = error;
      return resultOf(id, { ok: false, code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    }
    this.#options.log.error('membrane.deliver.failed', { kind, from, error: String(error) });
    return { id, status: 'refused', code: 'internal' };
  }

  #reply(admitted: Admitted, results: readonly Result[]): PeerResponse {
    const { frame, request } = admitted;
    const { signer, clock, incarnation } = this.#options;
    // Members in canonical order: what is written in order needn't be sorted.
    const replyWith = (fitting: readonly Result[]): FrameReply => ({
      at: clock.now(),
      frame: nameOf(admitted),
      from: signer.node,
      incarnation,
      organism: frame.organism,
      results: fitting,
      to: frame.from,
      v: 1,
    });
    if (isSealed(request)) return { status: 200, bytes: NOTHING, sealed: replyWith(passingJson(results)) };
    const whole = encodeReply(replyWith(results));
    const answer = whole.length <= LIMITS.replyBytesMax ? whole : encodeReply(replyWith(fitReply(results, frame.lane)));
    return { status: 200, bytes: answer, signature: signer.sign('reply', answer) };
  }

  // ---- Shards ------------------------------------------------------------------------------------------------------

  async #shard(peer: PeerIdentity | null, request: ShardRequest): Promise<PeerResponse> {
    if (request.route === 'shard.put' && request.bytes.length > LIMITS.shardBytesMax) {
      return this.#refuse(tooLarge(LIMITS.shardBytesMax), peer);
    }
    if (peer === null)
      return this.#refuse({ code: 'no-certificate', detail: 'shards need a client certificate' }, peer);
    const refusal = shardRefusal(peer, request, this.#options, this.#room);
    if (refusal !== undefined) return this.#refuse(refusal, peer);
    const release = this.#room.enter(peer.node, 'member');
    try {
      return await this.#serve(request, peer.node);
    } catch (error) {
      return this.#failed(error, request.route, peer);
    } finally {
      release();
    }
  }

  async #serve(request: ShardRequest, from: NodeId): Promise<PeerResponse> {
    const { shards, clock } = this.#options;
    const { tree, hash } = request;
    if (request.route === 'shard.put') {
      await shards.put(tree, hash, request.bytes, from);
      return { status: 204, bytes: NOTHING };
    }
    const bytes = await shards.get(tree, hash, from);
    return bytes === undefined ? problem('not-found', hash, clock.now()) : { status: 200, bytes };
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

  #refuse({ code, detail, more }: Refusal, peer: PeerIdentity | null): Promise<PeerResponse> {
    // A restart or a start is nobody's offence: this is how a sender learns of it.
    if (code !== 'restarted' && code !== 'starting') this.#rejections.count(code, peer?.node ?? null, detail);
    return Promise.resolve(problem(code, detail, this.#options.clock.now(), more));
  }
}

/** By what a reply names the frame that it answers. */
function nameOf({ frame, request }: Admitted): string {
  return isSealed(request) ? sealedName(frame) : frameHash(request.bytes);
}

/** What was admitted without bytes came sealed, and is answered so. */
function isSealed({ bytes, sealed }: FrameRequest): boolean {
  return sealed !== undefined && bytes.length === 0;
}

const NOTHING = new Uint8Array(0);
const nothing = (): void => undefined;
