import type { EffectScope } from '../../contract/organ.ts';
import type { Fence, OrganismId } from '../../contract/words.ts';
import type { Vouch } from './facts.ts';
import { proofClaim } from './records.ts';

/** What a node signs: its log up to a version. */
export type Claim = Fence & { readonly organism: OrganismId; readonly hash: string };

export interface ProveParams {
  /** The flush that is done once the kernel runs this; all earlier ones are as well. */
  readonly ticket: number;
  /** Null for a node whose word doesn't count. */
  readonly claim: Claim | null;
}

export interface Proved {
  readonly ticket: number;
  readonly vouch: Vouch | null;
}

/** Signs the log with this node's key. The kernel runs it only after every entry of it is on the disk. */
export function prove({ ticket, claim }: ProveParams, { ports, tell }: EffectScope): void {
  const body: Proved = { ticket, vouch: claim === null ? null : vouchFor(claim, ports.signer) };
  tell({ kind: 'consensus.proved', body });
}

export interface KeepParams {
  readonly version: number;
}

/** Says that the registers of all entries up to the version are on the disk, as they are once the kernel runs this. */
export function keep({ version }: KeepParams, { tell }: EffectScope): void {
  tell({ kind: 'consensus.kept', body: { version } });
}

export interface SwearParams {
  readonly token: string;
  readonly claim: Claim;
}

/** Signs what the leader asks about, and answers it. */
export function swear({ token, claim }: SwearParams, { ports, tell }: EffectScope): void {
  tell({ kind: 'consensus.sworn', body: { token, vouch: vouchFor(claim, ports.signer) } });
}

function vouchFor(claim: Claim, signer: EffectScope['ports']['signer']): Vouch {
  return { version: claim.version, hash: claim.hash, signature: signer.sign('view', proofClaim(claim)) };
}
