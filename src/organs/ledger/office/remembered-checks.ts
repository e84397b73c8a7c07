import { base64url } from '../../../contract/encoding.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { Verify } from '../committee.ts';

/**
 * The same check, which remembers what held: the stamps of a batch share one signature, and a certificate is shown again
 * and again. What doesn't hold is not remembered, so that nobody can fill the memory with rubbish.
 */
export function remembering(verify: Verify, max: number = LIMITS.ledgerSignaturesCached): Verify {
  const held = new Set<string>();
  return (domain, bytes, signature, spki) => {
    const check = `${domain} ${signature} ${spki} ${base64url(bytes)}`;
    if (held.has(check)) return true;
    if (!verify(domain, bytes, signature, spki)) return false;
    held.add(check);
    if (held.size > max) held.delete(held.keys().next().value as string);
    return true;
  };
}
