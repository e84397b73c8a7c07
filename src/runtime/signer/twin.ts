import { createECDH } from 'node:crypto';
import { base64url, nodeIdOf, sha256 } from '../../contract/encoding.ts';
import type { Signer } from '../../contract/ports.ts';
import type { SignatureDomain } from '../../contract/wire.ts';
import { spkiOf } from './spki.ts';

/**
 * A signer for simulations: the key is the seed's, a signature is a hash of (domain, key, bytes), some microseconds
 * instead of a hundred, and the same in every run. It notices every change that the real one notices, but whoever wants
 * to can forge it: a simulated adversary must keep to the rules itself.
 */
export function twinSigner(seed: string): Signer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(sha256('peertree/twin-key/1\n', seed));
  const der = spkiOf(ecdh.getPublicKey());
  const spki = base64url(der);
  return {
    node: nodeIdOf(der),
    spki,
    sign: (domain, bytes) => signatureOf(domain, spki, bytes),
    verify: (domain, bytes, signature, key) => signature === signatureOf(domain, key, bytes),
  };
}

/** 64 bytes in base64url as a real one, of which 32 hexadecimal characters say something. */
const PADDING = 'A'.repeat(50);

function signatureOf(domain: SignatureDomain, spki: string, bytes: Uint8Array): string {
  const hash = new Hash128();
  hash.text(domain);
  hash.text(spki);
  hash.bytes(bytes);
  return `twin${hash.digest()}${PADDING}`;
}

/**
 * A 128-bit hash that nobody has tried to break, and anybody could. Each step can be undone by who knows its word, and
 * another word always gives another state: so no change of a single word ever goes unnoticed.
 */
class Hash128 {
  #a = 0x243f6a88;
  #b = 0x85a308d3;
  #c = 0x13198a2e;
  #d = 0x03707344;

  /** Adds a text and its length, so that no two sequences of parts read alike. */
  text(text: string): void {
    for (let index = 0; index < text.length; index++) this.#word(text.charCodeAt(index));
    this.#word(text.length);
  }

  bytes(bytes: Uint8Array): void {
    const whole = bytes.length & ~3;
    for (let index = 0; index < whole; index += 4) {
      this.#word(
        (bytes[index] as number) |
          ((bytes[index + 1] as number) << 8) |
          ((bytes[index + 2] as number) << 16) |
          ((bytes[index + 3] as number) << 24),
      );
    }
    for (let index = whole; index < bytes.length; index++) this.#word(bytes[index] as number);
    this.#word(bytes.length);
  }

  /** 32 hexadecimal characters. */
  digest(): string {
    // Twice around, so that each lane has reached every other one.
    for (let round = 0; round < 8; round++) this.#word(round);
    return [this.#a, this.#b, this.#c, this.#d].map(hex).join('');
  }

  #word(word: number): void {
    const mixed = Math.imul(this.#a ^ word, 0x9e3779b1);
    this.#a = (this.#b + ((mixed << 15) | (mixed >>> 17))) | 0;
    this.#b = Math.imul(this.#c ^ (mixed >>> 13), 0x85ebca77);
    this.#c = ((this.#d << 11) | (this.#d >>> 21)) ^ mixed;
    this.#d = mixed;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
