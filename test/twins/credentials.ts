import { generate } from 'selfsigned';
import type { Signer } from '../../src/contract/ports.ts';
import { p256Signer } from '../../src/runtime/signer/p256.ts';

export interface TestCredentials {
  readonly keyPem: string;
  readonly certPem: string;
  readonly signer: Signer;
}

/** A new key, the certificate of that key, and what signs with it. */
export async function credentials(): Promise<TestCredentials> {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', curve: 'P-256' });
  return { keyPem: pem.private, certPem: pem.cert, signer: p256Signer(pem.private) };
}
