import { canonical, utf8 } from './encoding.ts';
import type { Promotion } from './entries.ts';
import type { NodeId, OrganismId } from './words.ts';

/** What an operator signs with the organism's key (domain `organism-key`) for a node to begin a new generation. */
export function promotionClaim(organism: OrganismId, promotion: Omit<Promotion, 'warrant'>): Uint8Array {
  const { type, generation, after, hash, by, keeps } = promotion;
  return utf8(canonical({ after, by, generation, hash, keeps, organism, type }));
}

/** The same for barring a member's key for good. */
export function revocationClaim(organism: OrganismId, node: NodeId): Uint8Array {
  return utf8(canonical({ node, organism, type: 'REVOKE' }));
}
