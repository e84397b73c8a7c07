import { createPrivateKey } from 'node:crypto';
import { base64url, fromBase64url } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import type { Keyring } from './node/invitation.ts';
import { generateKeyPem, p256Signer } from './signer/p256.ts';

/** One-off P-256 keys for invitations: the secret is PKCS #8, DER, base64url. */
export const p256Keyring: Keyring = {
  make: () => {
    const pem = generateKeyPem();
    const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
    return { secret: base64url(der), signer: p256Signer(pem) };
  },
  open: (secret) => p256Signer(pemOf(secret)),
};

function pemOf(secret: string): string {
  const der = fromBase64url(secret);
  try {
    if (der === undefined) throw new Error('not base64url');
    const key = createPrivateKey({ key: Buffer.from(der), type: 'pkcs8', format: 'der' });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (cause) {
    throw new Fault('refused', "the invitation token is damaged: its key can't be read", { cause });
  }
}
