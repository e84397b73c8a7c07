import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/contract/encoding.ts';
import type { Json } from '../../../src/contract/words.ts';
import { nestsDeeper } from '../../../src/runtime/membrane/canonical-json.ts';
import {
  assembleFrame,
  authoredClaim,
  ENVELOPE_BYTES_MAX,
  encodeFrame,
  encodeMessage,
  encodeReply,
  parseFrame,
  parseReply,
  signAuthored,
  verifyAuthored,
} from '../../../src/runtime/membrane/frame.ts';
import { fitting, parcelOf } from '../../../src/runtime/membrane/parcel.ts';
import { alice, bob, frameOf, mallory, message, ORGANISM, OTHER_ORGANISM } from './stage.ts';

const json = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !canonical(value as Json).includes('"__proto__"')) as fc.Arbitrary<Json>;
const anyMessage = fc
  .record({ id: fc.stringMatching(/^[a-z0-9]{1,8}$/), body: json, fenced: fc.boolean() })
  .map(({ id, body, fenced }) =>
    message({ id, body, ...(fenced ? { fence: { generation: 1, epoch: 2, version: 3 } } : {}) }),
  );
const anyFrame = fc
  .record({
    messages: fc.array(anyMessage, { minLength: 1, maxLength: 5 }),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    lane: fc.constantFrom('control' as const, 'ordered' as const),
  })
  .map(frameOf);

describe('a frame', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        // What the canonical form says: -0 is 0 there.
        expect(parseFrame(encodeFrame(frame))).toEqual({ ok: true, value: JSON.parse(canonical(frame)) });
      }),
    );
  });

  it('is the same bytes when it is put together from messages written before', () => {
    fc.assert(
      fc.property(anyFrame, ({ messages, ...envelope }) => {
        const texts = messages.map((one) => encodeMessage(one));
        expect(texts).toEqual(messages.map((one) => canonical(one)));
        const bytes = assembleFrame(envelope, texts);
        expect(Buffer.from(bytes).equals(encodeFrame({ ...envelope, messages }))).toBe(true);
        const sum = texts.reduce((total, text) => total + Buffer.byteLength(text) + 1, 0);
        expect(bytes.length - sum).toBeLessThanOrEqual(ENVELOPE_BYTES_MAX);
      }),
    );
  });

  it('never needs more room than it is given, with numbers as long as they get', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const { messages: _left, ...envelope } = frameOf({
      incarnation: most,
      toIncarnation: most,
      seq: most,
      sentAt: most,
      lane: 'ordered',
    });
    expect(assembleFrame(envelope, []).length).toBeLessThanOrEqual(ENVELOPE_BYTES_MAX);
  });

  it('has one spelling: any other text for the same value is refused', () => {
    const text = canonical(frameOf({ messages: [message({ body: [1, 'é', { a: null, b: -5 }] })] }));
    for (const other of [
      text.replace(',', ', '),
      text.replace('-5', '-5.0'),
      text.replace('é', '\\u00e9'),
      `${text}\n`,
    ]) {
      expect(parseFrame(Buffer.from(other))).toMatchObject({ ok: false, rejection: 'malformed' });
    }
  });
});

describe('nesting', () => {
  it('is counted as JSON means it, brackets within strings aside', () => {
    const depthOf = (value: Json): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(json, fc.integer({ min: 0, max: 7 }), (value, max) => {
        expect(nestsDeeper(Buffer.from(JSON.stringify(value)), max)).toBe(depthOf(value) > max);
      }),
    );
    expect(nestsDeeper(Buffer.from('"[[[[\\"[[[["'), 0)).toBe(false);
  });
});

describe('a reply', () => {
  const reply = {
    v: 1,
    organism: ORGANISM,
    from: bob.node,
    incarnation: 3,
    to: alice.node,
    frame: 'a'.repeat(64),
    at: 5,
    results: [
      { id: '1', status: 'applied', body: { x: 1 } },
      { id: '2', status: 'duplicate' },
      { id: '3', status: 'refused', code: 'conflict', detail: 'no' },
      { id: '4', status: 'busy', retryAfterMs: 0 },
    ],
  } as const;

  it('is read as it was written', () => expect(parseReply(encodeReply(reply))).toEqual({ ok: true, value: reply }));

  it.each([
    { status: 'lost' },
    { status: 'toString' },
    { status: 'busy' },
    { status: 'refused' },
    { status: 'applied', extra: 1 },
    null,
  ])('with the result %j is refused', (wrong) => {
    const results = [wrong === null ? null : { id: '1', ...wrong }] as never;
    expect(parseReply(encodeReply({ ...reply, results }))).toMatchObject({ ok: false, rejection: 'malformed' });
  });
});

describe('a parcel', () => {
  it('is refused only when its message is larger than any frame takes', () => {
    expect(parcelOf(message({ body: 'x'.repeat(262_142) }))).toBeDefined();
    expect(parcelOf(message({ body: 'x'.repeat(270_000) }))).toBeUndefined();
  });

  it('that is alone always fits', () => {
    const parcel = { message: message(), text: '', bytes: 2_000_000 };
    expect([fitting([parcel]), fitting([parcel, parcel])]).toEqual([1, 1]);
  });
});

describe("a relayed message's own signature", () => {
  const terms = { incarnation: 4, expiresAt: 1_000 };
  const signed = signAuthored(alice, ORGANISM, message({ fence: { generation: 1, epoch: 1, version: 9 } }), terms);
  const spkiOf = (node: string): string | undefined => [alice, bob].find((signer) => signer.node === node)?.spki;
  const verify = (one: typeof signed, organism = ORGANISM, now = 999) =>
    verifyAuthored(bob, organism, one, { now, spkiOf });

  it('says by whom, and holds for everything that it says', () => {
    expect(verify(signed)).toBe('authentic');
    const { author } = signed;
    if (author === undefined) throw new Error('unsigned');
    const changed = [
      { ...signed, kind: 'notes.drop' },
      { ...signed, tree: null },
      { ...signed, id: '2' },
      { ...signed, body: 'ho' },
      { ...signed, fence: { generation: 1, epoch: 1, version: 10 } },
      { ...signed, author: { ...author, node: bob.node } },
      { ...signed, author: { ...author, incarnation: 5 } },
      { ...signed, author: { ...author, expiresAt: 2_000 } },
      { ...signed, author: { ...author, signature: `A${author.signature.slice(1)}` } },
    ];
    expect(changed.map((one) => verify(one))).toEqual(changed.map(() => 'forged'));
    expect(verify(signed, OTHER_ORGANISM)).toBe('forged');
  });

  it('ends with its time, and counts only from members', () => {
    expect(verify(signed, ORGANISM, 1_000)).toBe('expired');
    expect(verify(signAuthored(mallory, ORGANISM, message(), terms))).toBe('unknown-author');
    expect(verify(message())).toBe('unsigned');
  });

  it('covers the body by its hash', () => {
    const claim = authoredClaim(ORGANISM, message(), { node: alice.node, ...terms });
    expect(claim).toMatchObject({ author: alice.node, fence: null, body: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(claim).not.toHaveProperty('signature');
  });
});
