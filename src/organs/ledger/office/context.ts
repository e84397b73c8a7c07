import type { Ports, Step } from '../../../contract/organ.ts';
import type { Signer } from '../../../contract/ports.ts';
import type { RegisterService } from '../../../contract/services.ts';
import type { NodeId, OrganismId, TreeId } from '../../../contract/words.ts';
import type { Verify } from '../committee.ts';
import type { OfficeFacts } from './facts.ts';

/** What the parts of one cell's ledger share. */
export interface OfficeContext {
  readonly self: NodeId;
  readonly tree: TreeId;
  readonly organism: OrganismId;
  /** So many validators may lie. */
  readonly f: number;
  readonly ports: Ports;
  readonly registers: RegisterService;
  readonly verify: Verify;
  /** The organism's key with its nonce; undefined where this node doesn't hold it. */
  readonly operator: Operator | undefined;
  /** SPKI of a member, base64url; undefined for a node that is none. */
  spkiOf(node: NodeId): string | undefined;
}

/** Whoever speaks for the organism. */
export interface Operator {
  readonly signer: Signer;
  readonly nonce: string;
}

export type OfficeStep = Step<OfficeFacts>;
