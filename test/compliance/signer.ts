import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64url, nodeIdOf, utf8 } from '../../src/contract/encoding.ts';
import type { Signer } from '../../src/contract/ports.ts';
import type { SignatureDomain } from '../../src/contract/wire.ts';

const DOMAINS: SignatureDomain[] = ['frame', 'reply', 'message', 'view', 'invitation', 'head', 'organism-key'];

/** What every Signer must do. `open` gives another key for another name, and the same for the same. */
export function signerCompliance(name: string, open: (name: string) => Signer): void {
  describe(`${name} as a Signer`, () => {
    const signer = open('a');
    const other = open('b');

    it('is named by its key, which is well-formed', () => {
      const der = fromBase64url(signer.spki) as Uint8Array;
      expect(der).toHaveLength(91);
      expect(signer.node).toBe(nodeIdOf(der));
      expect(signer.node).toMatch(/^[a-z2-7]{52}$/);
      expect(other.node).not.toBe(signer.node);
      expect(open('a').node).toBe(signer.node);
    });

    it('makes signatures of 64 bytes that every signer verifies', () => {
      fc.assert(
        fc.property(fc.constantFrom(...DOMAINS), fc.uint8Array({ maxLength: 600 }), (domain, bytes) => {
          const signature = signer.sign(domain, bytes);
          expect(fromBase64url(signature)).toHaveLength(64);
          expect(other.verify(domain, bytes, signature, signer.spki)).toBe(true);
        }),
        { numRuns: 50 },
      );
    });

    it('refuses any other bytes', () => {
      const change = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }), at: fc.nat(), bit: fc.nat(7) });
      fc.assert(
        fc.property(change, ({ bytes, at, bit }) => {
          const signature = signer.sign('frame', bytes);
          const changed = bytes.slice();
          const index = at % bytes.length;
          changed[index] = (bytes[index] as number) ^ (1 << bit);
          expect(other.verify('frame', changed, signature, signer.spki)).toBe(false);
          expect(other.verify('frame', bytes.subarray(1), signature, signer.spki)).toBe(false);
          expect(other.verify('frame', Uint8Array.of(...bytes, 0), signature, signer.spki)).toBe(false);
        }),
        { numRuns: 50 },
      );
    });

    it('refuses another domain and another key', () => {
      const bytes = utf8('{}');
      for (const domain of DOMAINS) {
        const signature = signer.sign(domain, bytes);
        const valid = DOMAINS.filter((as) => signer.verify(as, bytes, signature, signer.spki));
        expect(valid).toEqual([domain]);
        expect(signer.verify(domain, bytes, signature, other.spki)).toBe(false);
      }
    });

    it('does not let bytes move into the domain or out of it', () => {
      const signature = signer.sign('frame', utf8('\nx'));
      expect(signer.verify('frame', utf8('x'), signature, signer.spki)).toBe(false);
      expect(signer.verify('frame\n' as SignatureDomain, utf8('x'), signature, signer.spki)).toBe(false);
    });

    it('refuses any other spelling of a signature or a key, and never throws', () => {
      const bytes = utf8('{"v":1}');
      const signature = signer.sign('frame', bytes);
      const raw = Buffer.from(signature, 'base64url');
      const spellings = [
        '',
        `${signature}=`,
        `${signature}==`,
        ` ${signature}`,
        signature.slice(0, -1),
        `${signature}A`,
        `${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
        raw.toString('base64'),
        raw.toString('hex'),
        raw.subarray(1).toString('base64url'),
        Buffer.concat([raw, Buffer.of(0)]).toString('base64url'),
        Buffer.alloc(64).toString('base64url'),
        'ü'.repeat(86),
      ].filter((text) => text !== signature);
      for (const text of spellings) expect(signer.verify('frame', bytes, text, signer.spki), text).toBe(false);
      const der = Buffer.from(signer.spki, 'base64url');
      const keys = [
        '',
        `${signer.spki}=`,
        der.subarray(1).toString('base64url'),
        Buffer.concat([der, Buffer.of(0)]).toString('base64url'),
        Buffer.alloc(91).toString('base64url'),
        '\ud800',
      ];
      for (const key of keys) expect(signer.verify('frame', bytes, signature, key), key).toBe(false);
    });
  });
}
