import type { EffectScope } from '../../contract/organ.ts';
import type { Fence, OrganismId, Proof } from '../../contract/words.ts';
import { proofClaim } from './records.ts';

/** Signs a view with this node's key. The kernel runs it only after every entry of the view is on the disk. */
export function prove(claim: Fence & { organism: OrganismId; hash: string }, { ports, tell }: EffectScope): void {
  const signature = ports.signer.sign('view', proofClaim(claim));
  const proof: Proof = { ...claim, signatures: [{ node: ports.signer.node, signature }] };
  tell({ kind: 'consensus.proved', body: proof });
}
