import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { base64url, fromBase64url, utf8 } from '../../../src/contract/encoding.ts';
import { isFault } from '../../../src/contract/errors.ts';
import { KeyCache } from '../../../src/runtime/signer/key-cache.ts';
import { generateKeyPem, p256Signer } from '../../../src/runtime/signer/p256.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { signerCompliance } from '../../compliance/signer.ts';

const pems = new Map<string, string>();

signerCompliance('P-256', (name) => {
  const pem = pems.get(name) ?? generateKeyPem();
  pems.set(name, pem);
  return p256Signer(pem);
});
signerCompliance('the twin', twinSigner);

describe('the P-256 signer', () => {
  const bytes = utf8('{}');

  it('is plain ECDSA with SHA-256 over the line of the domain and the bytes', async () => {
    const signer = p256Signer(generateKeyPem());
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const der = Buffer.from(signer.spki, 'base64url');
    const key = await webcrypto.subtle.importKey('spki', der, algorithm, true, ['verify']);
    const signature = Buffer.from(signer.sign('frame', bytes), 'base64url');
    const said = Buffer.from('peertree/frame/1\n{}');
    expect(await webcrypto.subtle.verify(algorithm, key, signature, said)).toBe(true);
  });

  it('takes a signature whose s was turned over, which is why a signature is never an id', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const signer = p256Signer(generateKeyPem());
    const raw = Buffer.from(signer.sign('frame', bytes), 'base64url');
    const s = BigInt(`0x${raw.toString('hex', 32)}`);
    const turned = Buffer.concat([raw.subarray(0, 32), Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')]);
    expect(signer.verify('frame', bytes, base64url(turned), signer.spki)).toBe(true);
  });

  it('refuses keys of other curves and kinds, and points in their short form', () => {
    const signer = p256Signer(generateKeyPem());
    const signature = signer.sign('frame', bytes);
    const spkiOf = (key: KeyObject): string => base64url(key.export({ type: 'spki', format: 'der' }));
    const foreign = [
      spkiOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      spkiOf(generateKeyPairSync('ed25519').publicKey),
    ];
    const der = Buffer.from(fromBase64url(signer.spki) as Uint8Array);
    const short = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Buffer.of(2 + ((der.at(-1) as number) & 1)),
      der.subarray(27, 59),
    ]);
    for (const spki of [...foreign, base64url(short)]) {
      expect(signer.verify('frame', bytes, signature, spki)).toBe(false);
    }
  });

  it('says that a file holds no key of its kind', () => {
    const rsa = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const pem of ['', 'junk', rsa]) {
      expect(() => p256Signer(pem)).toThrow(expect.toSatisfy((error) => isFault(error, 'data-damaged')));
    }
  });

  it('keeps so many keys ready, the longest unused going first', () => {
    const read: string[] = [];
    const key = generateKeyPairSync('ed25519').publicKey;
    const cache = new KeyCache(2, (text) => {
      read.push(text);
      return text === 'junk' ? undefined : key;
    });
    for (const text of ['a', 'b', 'a', 'junk', 'c', 'a', 'b']) cache.get(text);
    expect(read).toEqual(['a', 'b', 'junk', 'c', 'b']);
    expect(cache.size).toBe(2);
  });
});

describe('the twin signer', () => {
  it('signs alike in every run', () => {
    const signature = twinSigner('x').sign('frame', utf8('{"a":1}'));
    expect(signature).toBe(twinSigner('x').sign('frame', utf8('{"a":1}')));
    expect(signature).toMatchInlineSnapshot(
      `"twinbc1be0d52415265fcba5fc88fc2a13f6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`,
    );
  });

  it('has no two equal signatures among many short texts', () => {
    const signer = twinSigner('x');
    const seen = new Set<string>();
    for (let a = 0; a < 256; a++) for (let b = 0; b < 64; b++) seen.add(signer.sign('frame', Uint8Array.of(a, b)));
    for (let length = 0; length < 64; length++) seen.add(signer.sign('frame', new Uint8Array(length)));
    // The two zero bytes are among both.
    expect(seen.size).toBe(256 * 64 + 63);
  });
});
