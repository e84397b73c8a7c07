import type { Fence, Json, JsonObject, NodeId, OrganismId, TreeId } from './words.ts';

/** `control` is for what only matters now (newest wins, never queued); `ordered` is for what must arrive, in order. */
export type Lane = 'control' | 'ordered';

/** What others relay carries its author's own signature, so that a relay can neither forge nor alter it. */
export interface Authorship {
  readonly node: NodeId;
  readonly incarnation: number;
  /** ECDSA P-256 with SHA-256, IEEE P1363, base64url, over the canonical form of `AuthoredClaim` (domain `message`). */
  readonly signature: string;
  /** Epoch milliseconds after which nobody relays or applies it. */
  readonly expiresAt: number;
}

/** What an author signs: the body by its SHA-256, everything else by value. */
export interface AuthoredClaim {
  readonly kind: string;
  readonly organism: OrganismId;
  readonly tree: TreeId | null;
  readonly author: NodeId;
  readonly incarnation: number;
  readonly id: string;
  readonly fence: Fence | null;
  readonly expiresAt: number;
  /** SHA-256 of the canonical body, hexadecimal. */
  readonly body: string;
}

/** One message of a frame. `kind` is `organ.verb`; `tree` is null for what concerns the node as a whole. */
export interface Message {
  readonly id: string;
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
  readonly fence?: Fence;
  readonly author?: Authorship;
}

/** What one HTTPS POST carries, in canonical JSON, signed as a whole (domain `frame`). */
export interface Frame {
  readonly v: 1;
  readonly organism: OrganismId;
  readonly from: NodeId;
  readonly incarnation: number;
  readonly to: NodeId;
  /** 0 where the sender has not met this peer since its own start: it learns it from the reply. */
  readonly toIncarnation: number;
  readonly lane: Lane;
  /** Grows by one per frame of a lane from one incarnation of the sender to one incarnation of the receiver. */
  readonly seq: number;
  readonly sentAt: number;
  readonly messages: readonly Message[];
}

/** What became of one message. */
export type Result =
  | { readonly id: string; readonly status: 'applied'; readonly body?: Json }
  | { readonly id: string; readonly status: 'duplicate'; readonly body?: Json }
  | {
      readonly id: string;
      readonly status: 'refused';
      readonly code: string;
      readonly detail?: string;
      readonly body?: Json;
    }
  | { readonly id: string; readonly status: 'busy'; readonly retryAfterMs: number };

/** The answer to a frame, signed by the receiver (domain `reply`). `frame` is the SHA-256 of the frame's bytes. */
export interface FrameReply {
  readonly v: 1;
  readonly organism: OrganismId;
  readonly from: NodeId;
  readonly incarnation: number;
  readonly to: NodeId;
  readonly frame: string;
  /** The receiver's time, so that a sender whose clock is off can be told so. */
  readonly at: number;
  readonly results: readonly Result[];
}

/** Why a membrane refused a whole frame. Each is counted under its name and answered as problem+json with it as `code`. */
export const REJECTIONS = [
  'too-large',
  'malformed',
  'no-certificate',
  'wrong-organism',
  'wrong-recipient',
  'key-mismatch',
  'bad-signature',
  'not-a-member',
  'revoked',
  'superseded',
  'restarted',
  'replayed',
  'unknown-kind',
  'clock-skew',
] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** The domains of signatures: no kind's signature is valid as another's. */
export type SignatureDomain =
  | 'frame'
  | 'reply'
  | 'message'
  | 'view'
  | 'invitation'
  | 'head'
  | 'organism-key'
  | 'ledger-genesis'
  | 'ledger-order'
  | 'ledger-unlock'
  | 'ledger-batch';

/** The body of `consensus.join`, the only kind that a membrane takes from a key that is not (yet) a member's. */
export interface JoinRequest extends JsonObject {
  readonly node: NodeId;
  readonly spki: string;
  readonly urls: readonly string[];
  readonly zone: string;
  readonly incarnation: number;
  readonly weight: number;
  /** Names of the genomes whose trees it wants a place in. */
  readonly genomes: readonly string[];
  /** Absent for a member that lost its slot. */
  readonly invitation: { readonly id: string; readonly signature: string } | null;
}
