import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { base64url, fromBase64url, nodeIdOf } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Signer } from '../../contract/ports.ts';
import type { SignatureDomain } from '../../contract/wire.ts';
import { KeyCache } from './key-cache.ts';
import { isSpki } from './spki.ts';

/** r and s of P-256, 32 bytes each. */
const SIGNATURE_BYTES = 64;
const SIGNATURE_CHARACTERS = 86;

export interface SignerOptions {
  /** Keys of others kept ready. @default LIMITS.signerKeysMax */
  readonly keysMax?: number;
}

/** A new EC P-256 key, PKCS #8, PEM. */
export function generateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * Signs with a node's key: ECDSA, SHA-256, IEEE P1363. Signatures differ from run to run, and a signature can be
 * altered into a second valid one by whoever sees it (s and n - s): never use one as the id of anything.
 *
 * Throws `data-damaged` for a PEM that is no P-256 private key.
 *
 * @example
 * const signer = p256Signer(generateKeyPem())
 * const signature = signer.sign('frame', bytes)
 * signer.verify('frame', bytes, signature, signer.spki) // true
 */
export function p256Signer(privateKeyPem: string, options: SignerOptions = {}): Signer {
  const privateKey = readPrivateKey(privateKeyPem);
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    node: nodeIdOf(der),
    spki: base64url(der),
    sign: (domain, bytes) =>
      sign('sha256', statement(domain, bytes), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
    verify: p256Verifier(options),
  };
}

/**
 * Checks signatures, for whoever has no key of their own.
 *
 * @example p256Verifier()('ledger-order', bytes, signature, spki) // true
 */
export function p256Verifier(options: SignerOptions = {}): Signer['verify'] {
  const keys = new KeyCache(options.keysMax ?? LIMITS.signerKeysMax, importKey);
  return (domain, bytes, signature, spki) => {
    const signed = signature.length === SIGNATURE_CHARACTERS ? fromBase64url(signature) : undefined;
    const key = signed?.length === SIGNATURE_BYTES ? keys.get(spki) : undefined;
    if (signed === undefined || key === undefined) return false;
    return verify('sha256', statement(domain, bytes), { key, dsaEncoding: 'ieee-p1363' }, signed);
  };
}

/** What is signed says what it is for, so that nobody can show one kind of statement as another. */
function statement(domain: SignatureDomain, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`peertree/${domain}/1\n`), bytes]);
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (isP256(key)) return key;
  } catch (cause) {
    throw new Fault('data-damaged', 'The private key can not be read.', { cause });
  }
  throw new Fault('data-damaged', 'The private key is not one of EC P-256.');
}

/** Undefined for anything but a key in the one spelling that we take, with its point on the curve. */
function importKey(spki: string): KeyObject | undefined {
  const der = fromBase64url(spki);
  if (der === undefined || !isSpki(der)) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    // All that can be wrong with it by now is that the point is not on the curve.
    return undefined;
  }
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}
