import { sha256 } from './encoding.ts';

/** What a signed request must say (RFC 9421), for those who sign and those who check. */

/** Carries the passport's public key: SPKI, DER, base64url. Its id is the hash of that, so that nobody need be told it before. */
export const PASSPORT_HEADER = 'peertree-passport';
export const PASSPORT_ALGORITHM = 'ecdsa-p256-sha256';
export const DIGEST_HEADER = 'content-digest';
export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** What the signature says of itself. */
export const SIGNED_PARAMETERS: readonly string[] = ['created', 'nonce', 'keyid', 'alg'];

/** What a signature covers, beside the digest of a body and the idempotency key where there are such. */
export function signedFields(hasBody: boolean, hasIdempotencyKey: boolean): string[] {
  const always = ['@method', '@authority', '@path', '@query', PASSPORT_HEADER];
  return [...always, ...(hasBody ? [DIGEST_HEADER] : []), ...(hasIdempotencyKey ? [IDEMPOTENCY_HEADER] : [])];
}

/** RFC 9530: the SHA-256 of a body. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${Buffer.from(sha256(body)).toString('base64')}:`;
}
