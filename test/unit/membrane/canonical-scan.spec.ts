import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../../src/contract/encoding.ts';
import type { FrameReply } from '../../../src/contract/wire.ts';
import type { Json } from '../../../src/contract/words.ts';
import { parseCanonical } from '../../../src/runtime/membrane/canonical-json.ts';
import { canonicalEnd, NO_END } from '../../../src/runtime/membrane/canonical-scan.ts';
import { readFrame, readReply } from '../../../src/runtime/membrane/envelope.ts';
import { encodeFrame, encodeReply } from '../../../src/runtime/membrane/frame.ts';
import { frameFlaw, messagesFlaw, replyFlaw, resultsFlaw } from '../../../src/runtime/membrane/shape.ts';
import { bob, frameOf, message, ORGANISM } from './stage.ts';

const DEPTH_MAX = 64;
const BOUNDS = { bytesMax: 1_000_000, depthMax: DEPTH_MAX };
const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<Json>;

/** One edit of a text: what a stranger may try. */
const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(
    fc.constantFrom('', ' ', '"', '\\', ',', '{', '}', '[', ']', ':', '0', '-', '.', 'e', '1e5', '1.0', '-0', 'null'),
    fc.constantFrom('"a":1,', '"__proto__":1,', '\n', '\\u0061', 'é', '\ud800', '00', '9007199254740993'),
    fc.string({ maxLength: 2 }),
  ),
});
const edited = (text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string => {
  const start = at % (text.length + 1);
  // Through UTF-8 and back, as everything that is read here has come: no half of a surrogate pair survives that.
  return Buffer.from(text.slice(0, start) + insert + text.slice(start + remove)).toString();
};

describe('the end of a canonical value', () => {
  it('is found in every text without escapes', () => {
    fc.assert(
      fc.property(json, fc.string(), (value, rest) => {
        const text = canonical(value);
        fc.pre(!text.includes('\\') && !text.includes('"__proto__":'));
        // What follows a number must not read as a part of it.
        expect(canonicalEnd(`${text},${rest}`, 0, DEPTH_MAX)).toBe(text.length);
        expect(canonicalEnd(`[${text}]`, 1, DEPTH_MAX)).toBe(text.length + 1);
      }),
      { numRuns: 300 },
    );
  });

  it('is never found in a text that is not canonical', () => {
    fc.assert(
      fc.property(json, edit, (value, change) => {
        const text = edited(canonical(value), change);
        if (canonicalEnd(text, 0, DEPTH_MAX) !== text.length) return;
        expect(parseCanonical(Buffer.from(text), BOUNDS)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '',
    ' 1',
    '01',
    '-0',
    '1.0',
    '1e3',
    '1.',
    '-',
    '+1',
    '0x1',
    'nul',
    'undefined',
    '"a',
    '"\t"',
    '[1,]',
    '[,1]',
    '{"a"}',
  ])('is nowhere in %j', (text) => expect(canonicalEnd(text, 0, DEPTH_MAX)).not.toBe(text.length));

  it.each(['{"b":1,"a":2}', '{"a":1,"a":2}', '{"a":1,}', '{"":1,"":2}', '{"a" :1}', '{"a":1 }', '[1 ,2]'])(
    'is not where members are out of order, twice or apart: %s',
    (text) => expect(canonicalEnd(text, 0, DEPTH_MAX)).toBe(NO_END),
  );

  it.each(['0', '-1', '999999999999999', '9007199254740991', '-1.5', '1e+21', '1e-7', '{"":1}', '{"":1,"a":2}', '[]'])(
    'is the length of %s',
    (text) => expect(canonicalEnd(text, 0, DEPTH_MAX)).toBe(text.length),
  );

  it('is not looked for deeper than it may be', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(canonicalEnd(nested(DEPTH_MAX), 0, DEPTH_MAX)).toBe(2 * DEPTH_MAX);
    expect(canonicalEnd(nested(DEPTH_MAX + 1), 0, DEPTH_MAX)).toBe(NO_END);
    expect(canonicalEnd('{"a":[1]}', 0, 1)).toBe(NO_END);
  });
});

describe('the short way to read', () => {
  const bodies = fc.array(json, { minLength: 1, maxLength: 3 });
  const reply = (values: readonly Json[]): FrameReply => ({
    v: 1,
    organism: ORGANISM,
    from: bob.node,
    incarnation: 3,
    to: ORGANISM,
    frame: 'a'.repeat(64),
    at: 5,
    results: values.map((body, index) => ({ id: `${index}`, status: 'applied', body })),
  });

  it('takes a frame only where the long way takes it, and reads the same', () => {
    fc.assert(
      fc.property(bodies, edit, (values, change) => {
        const messages = values.map((body, index) => message({ id: `${index}`, body }));
        const text = edited(Buffer.from(encodeFrame(frameOf({ messages }))).toString(), change);
        const short = readFrame(text, DEPTH_MAX);
        if (short === undefined || messagesFlaw(short.messages) !== undefined) return;
        const long = parseCanonical(Buffer.from(text), BOUNDS);
        expect(long).toEqual({ ok: true, value: short });
        expect(long.ok && frameFlaw(long.value)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes a reply only where the long way takes it, and reads the same', () => {
    fc.assert(
      fc.property(bodies, edit, (values, change) => {
        const text = edited(Buffer.from(encodeReply(reply(values))).toString(), change);
        const short = readReply(text, DEPTH_MAX);
        if (short === undefined || resultsFlaw(short.results) !== undefined) return;
        const long = parseCanonical(Buffer.from(text), BOUNDS);
        expect(long).toEqual({ ok: true, value: short });
        expect(long.ok && replyFlaw(long.value)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('is taken for what nodes send all day', () => {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    const author = { node: bob.node, incarnation: 1, signature: 'A'.repeat(86), expiresAt: 1 };
    const messages = [
      message(),
      message({ id: '2', tree: null, author, fence: { generation: 1, epoch: 1, version: 2 } }),
    ];
    expect(readFrame(text(encodeFrame(frameOf({ messages, toIncarnation: 0 }))), DEPTH_MAX)).toBeDefined();
    expect(readReply(text(encodeReply(reply([null, 'é']))), DEPTH_MAX)).toBeDefined();
  });
});
