import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../../../docs/protocol-vectors.json' with { type: 'json' };
import { base32, canonical, organismIdOf, sha256Hex, treeIdOf, utf8 } from '../../../src/contract/encoding.ts';
import type { SignatureDomain } from '../../../src/contract/wire.ts';
import type { Json } from '../../../src/contract/words.ts';
import { authoredClaim, parseFrame, parseReply, verifyAuthored } from '../../../src/runtime/membrane/frame.ts';
import { p256Signer } from '../../../src/runtime/signer/p256.ts';

const { sender, receiver, organism, tree, claims, frame, reply } = vectors;

describe('the vectors of the protocol, by the code of PeerTree', () => {
  const signer = p256Signer(sender.privateKey);

  it('name keys, organisms and trees', () => {
    expect([signer.spki, signer.node]).toEqual([sender.spki, sender.node]);
    expect(p256Signer(receiver.privateKey).node).toBe(receiver.node);
    expect(organismIdOf(organism.operator, organism.nonce)).toBe(organism.id);
    expect(treeIdOf(tree.organism, tree.genome)).toBe(tree.id);
    expect(vectors.base32.map(({ text }) => base32(utf8(text)))).toEqual(vectors.base32.map((one) => one.base32));
  });

  it('write canonical JSON', () => {
    expect(vectors.canonical.map(({ value }) => canonical(value as Json))).toEqual(
      vectors.canonical.map(({ text }) => text),
    );
    expect(vectors.canonical.map(({ text }) => sha256Hex(text))).toEqual(vectors.canonical.map(({ sha256 }) => sha256));
  });

  it('are signed in every domain, each good in its own only', () => {
    const domains = vectors.signatures.map(({ domain }) => domain as SignatureDomain);
    for (const { domain, text, signature } of vectors.signatures) {
      const good = domains.filter((other) => signer.verify(other, utf8(text), signature, sender.spki));
      expect(good).toEqual([domain]);
    }
  });

  it('hold a frame and its reply', () => {
    const parsed = parseFrame(utf8(frame.text));
    const answer = parseReply(utf8(reply.text));
    if (!parsed.ok || !answer.ok) throw new Error('not taken');
    expect(signer.verify('frame', utf8(frame.text), frame.signature, sender.spki)).toBe(true);
    expect(signer.verify('reply', utf8(reply.text), reply.signature, receiver.spki)).toBe(true);
    expect([sha256Hex(frame.text), sha256Hex(reply.text)]).toEqual([frame.sha256, reply.sha256]);
    expect(answer.value.frame).toBe(frame.sha256);
    expect(answer.value.results.map(({ id }) => id)).toEqual(parsed.value.messages.map(({ id }) => id));
  });

  it('hold a relayed message with its claim', () => {
    const parsed = parseFrame(utf8(frame.text));
    const message = parsed.ok ? parsed.value.messages[1] : undefined;
    if (message?.author === undefined) throw new Error('not authored');
    expect(canonical(authoredClaim(organism.id, message, message.author))).toBe(claims.message);
    const terms = { now: 0, spkiOf: () => sender.spki };
    expect(verifyAuthored(signer, organism.id, message, terms)).toBe('authentic');
  });
});

/** A second implementation, from docs/protocol.md and node:crypto alone. */
describe('the vectors of the protocol, by the page alone', () => {
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const base32Of = (bytes: Uint8Array): string =>
    (
      Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0'))
        .join('')
        .match(/.{1,5}/g) ?? []
    )
      .map((bits) => alphabet[Number.parseInt(bits.padEnd(5, '0'), 2)])
      .join('');
  const canonicalOf = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map(canonicalOf)}]`;
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalOf(member)}`)}}`;
  };
  const publicKey = (spki: string) =>
    createPublicKey({ key: Buffer.from(spki, 'base64url'), type: 'spki', format: 'der' });
  const isSigned = (domain: string, text: string, signature: string, spki: string): boolean => {
    const key = { key: publicKey(spki), dsaEncoding: 'ieee-p1363' as const };
    return verify('sha256', Buffer.from(`peertree/${domain}/1\n${text}`), key, Buffer.from(signature, 'base64url'));
  };

  it('agree on keys and ids', () => {
    for (const { privateKey, spki, node } of [sender, receiver]) {
      const der = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'der' });
      expect([der.length, der.toString('base64url'), base32Of(hash(der))]).toEqual([91, spki, node]);
    }
    expect(base32Of(hash(`peertree/organism/1\n${organism.operator}\n${organism.nonce}`))).toBe(organism.id);
    expect(base32Of(hash(`peertree/tree/1\n${tree.organism}\n${tree.genome}`))).toBe(tree.id);
    expect(claims.invitation).toBe(`${organism.id}\n${receiver.node}`);
  });

  it('agree on canonical JSON', () => {
    for (const { value, text, sha256 } of vectors.canonical) {
      expect([canonicalOf(value), hash(text).toString('hex')]).toEqual([text, sha256]);
    }
    for (const { text } of [frame, reply]) expect(canonicalOf(JSON.parse(text))).toBe(text);
  });

  it('agree on signatures, each 86 characters', () => {
    for (const { domain, text, signature } of vectors.signatures) {
      expect([signature.length, isSigned(domain, text, signature, sender.spki)]).toEqual([86, true]);
    }
    expect(isSigned('frame', frame.text, frame.signature, sender.spki)).toBe(true);
    expect(isSigned('reply', reply.text, reply.signature, receiver.spki)).toBe(true);
    expect(isSigned('message', claims.message, claims.messageSignature, sender.spki)).toBe(true);
    expect(JSON.parse(claims.message).body).toBe(
      hash(canonicalOf(JSON.parse(frame.text).messages[1].body)).toString('hex'),
    );
  });

  it('agree on what is signed: a signature made here is good there', () => {
    const key = { key: sender.privateKey, dsaEncoding: 'ieee-p1363' as const };
    const signature = sign('sha256', Buffer.from(`peertree/frame/1\n${frame.text}`), key).toString('base64url');
    expect(p256Signer(receiver.privateKey).verify('frame', utf8(frame.text), signature, sender.spki)).toBe(true);
  });
});
