import { isId, isShardHash } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { PeerIdentity, PeerRequest, Signer } from '../../contract/ports.ts';
import type { Frame } from '../../contract/wire.ts';
import type { JsonObject, NodeId, OrganismId } from '../../contract/words.ts';
import { parseFrame } from './frame.ts';
import type { RefusalCode } from './problem.ts';
import type { Room } from './room.ts';

/** `undecided`: this node has no view yet by which it could tell members from strangers. */
export type Standing = 'member' | 'unknown' | 'revoked' | 'undecided';
export type FrameRequest = PeerRequest & { readonly route: 'frame' };
export type ShardRequest = Exclude<PeerRequest, FrameRequest>;

/** Why a request is not taken as a whole. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly more?: JsonObject;
}

/** A frame that its sender really sent, to this node, in this organism. */
export interface Admitted {
  readonly frame: Frame;
  readonly request: FrameRequest;
  readonly peer: PeerIdentity;
  readonly standing: Standing;
}

/** What a node knows that decides who gets in. */
export interface House {
  readonly signer: Signer;
  readonly incarnation: number;
  organism(): OrganismId | null;
  standing(node: NodeId): Standing;
  accepts(kind: string, standing: Standing): boolean;
  /** Takes frames without bytes from a network within the same process; only for simulations. @default false */
  readonly seal?: boolean;
}

/** Everything that can be said of a frame without remembering earlier ones, cheapest first. */
export function admit(peer: PeerIdentity | null, request: FrameRequest, house: House, room: Room): Admitted | Refusal {
  const { bytes, signature, sealed } = request;
  if (bytes.length > LIMITS.frameBytesMax) return tooLarge(LIMITS.frameBytesMax);
  if (peer === null) return { code: 'no-certificate', detail: 'frames need a client certificate' };
  const standing = house.standing(peer.node);
  if (standing === 'undecided') return STARTING;
  if (standing !== 'member' && bytes.length > LIMITS.frameStrangerBytesMax) {
    return tooLarge(LIMITS.frameStrangerBytesMax);
  }
  if (room.isFull(peer.node, standing)) return BUSY;
  const trusted = house.seal === true ? sealed : undefined;
  const parsed = trusted === undefined ? parseFrame(bytes) : { ok: true as const, value: trusted };
  if (!parsed.ok) return { code: parsed.rejection, detail: parsed.detail };
  const frame = parsed.value;
  const refusal = misaddressed(frame, request, peer, house) ?? unwelcome(frame, standing, house);
  if (refusal !== undefined) return refusal;
  if (trusted === undefined && !house.signer.verify('frame', bytes, signature, peer.spki)) {
    return { code: 'bad-signature', detail: 'not over exactly these bytes' };
  }
  const { incarnation } = house;
  if (frame.toIncarnation !== 0 && frame.toIncarnation !== incarnation) {
    return { code: 'restarted', detail: `this is incarnation ${incarnation}`, more: { incarnation } };
  }
  return { frame, request, peer, standing };
}

/** Why a request about a shard is not taken; undefined where it is. */
export function shardRefusal(peer: PeerIdentity, request: ShardRequest, house: House, room: Room): Refusal | undefined {
  const standing = house.standing(peer.node);
  if (standing === 'undecided') return STARTING;
  if (standing === 'revoked') return { code: 'revoked', detail: 'shards are for members' };
  if (standing === 'unknown') return { code: 'not-a-member', detail: 'shards are for members' };
  if (!isId(request.tree) || !isShardHash(request.hash)) {
    return { code: 'malformed', detail: 'not a tree id and a SHA-256' };
  }
  return room.isFull(peer.node, standing) ? BUSY : undefined;
}

function misaddressed(
  frame: Frame,
  { lane }: FrameRequest,
  peer: PeerIdentity,
  { signer, organism }: House,
): Refusal | undefined {
  if (frame.lane !== lane) return { code: 'malformed', detail: `a frame of lane ${frame.lane} came over lane ${lane}` };
  if (frame.organism !== organism()) return { code: 'wrong-organism', detail: `a frame for ${frame.organism}` };
  if (frame.to !== signer.node) return { code: 'wrong-recipient', detail: `a frame for ${frame.to}` };
  if (frame.from !== peer.node) return { code: 'key-mismatch', detail: `a frame of ${frame.from}` };
  return undefined;
}

function unwelcome(frame: Frame, standing: Standing, house: House): Refusal | undefined {
  if (standing === 'revoked') return { code: 'revoked', detail: 'frames of this key are not taken' };
  if (standing === 'member') return undefined;
  const other = frame.messages.find(({ kind }) => !house.accepts(kind, standing));
  return other === undefined ? undefined : { code: 'not-a-member', detail: `${other.kind} is for members` };
}

const RETRY_MS = 100;
const BUSY: Refusal = { code: 'busy', detail: 'too many at once', more: { retryAfterMs: RETRY_MS } };
const STARTING: Refusal = { code: 'starting', detail: 'no view of the organism yet', more: { retryAfterMs: RETRY_MS } };

export function tooLarge(bytesMax: number): Refusal {
  return { code: 'too-large', detail: `more than ${bytesMax} bytes` };
}
