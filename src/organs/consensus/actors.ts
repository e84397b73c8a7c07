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

/** Tells the operator what the rules of the log have noticed of another voter: `contradicted ID`, `forgot ID`. */
export function report({ notice }: { readonly notice: string }, { ports }: EffectScope): void {
  const [what = '', peer = ''] = notice.split(' ');
  ports.log.warn(`consensus.${what}`, { peer });
}
