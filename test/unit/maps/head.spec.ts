import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, sha256Hex } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json } from '../../../src/contract/words.ts';
import { type Draft, type Head, headHash, openHead, readHead, signHead } from '../../../src/organs/maps/head.ts';
import { fileBytesMax, headEntries, levelsFor, pieceBytes, shardCount } from '../../../src/organs/maps/layout.ts';
import { SIGNER, STRANGER } from './desk.ts';

const ID = 'a'.repeat(52);

const draft = (rest: Partial<Draft> = {}): Draft => ({
  id: ID,
  name: 'file',
  version: 2,
  previous: sha256Hex('before'),
  bytes: 250,
  shardBytes: 100,
  coding: { kind: 'copies', copies: 3 },
  seal: 'none',
  etag: sha256Hex('content'),
  storedAt: '2025-01-01T00:00:00.000Z',
  levels: 0,
  entries: ['1', '2', '3'].map((text) => sha256Hex(text)),
  ...rest,
});

const open = (value: unknown): Head => openHead(value as Json, ID, SIGNER);

describe('a head', () => {
  it('fits into its register whatever its name and size', () => {
    const largest = (bytes: number): Draft => {
      const shards = shardCount(bytes, LIMITS.shardBytesMax);
      const entries = Array.from({ length: headEntries(shards) }, (_, index) => sha256Hex(String(index)));
      return draft({
        // Each quote is written as two characters, and nothing that a name may hold is written longer.
        name: '"'.repeat(LIMITS.fileNameBytesMax),
        version: Number.MAX_SAFE_INTEGER,
        bytes,
        shardBytes: LIMITS.shardBytesMax,
        coding: { kind: 'copies', copies: LIMITS.copiesMax },
        levels: levelsFor(shards),
        entries,
      });
    };
    const sizes = [LIMITS.headEntriesMax, LIMITS.headEntriesMax * LIMITS.pageEntriesMax].map(
      (n) => n * LIMITS.shardBytesMax,
    );
    for (const bytes of [...sizes, fileBytesMax(LIMITS.shardBytesMax)]) {
      const head = signHead(largest(bytes), SIGNER);
      expect(Buffer.byteLength(canonical(head))).toBeLessThanOrEqual(LIMITS.registerValueMax);
      expect(open(head)).toEqual(head);
    }
  });

  it('opens as it was signed', () => {
    const head = signHead(draft(), SIGNER);
    expect(open(JSON.parse(canonical(head)))).toEqual(head);
    expect(headHash(head)).toBe(sha256Hex(canonical(head)));
  });

  it('does not open with any of its fields changed or left out', () => {
    const head = JSON.parse(canonical(signHead(draft(), SIGNER))) as Record<string, Json>;
    const others: Record<string, Json> = {
      v: 2,
      id: 'b'.repeat(52),
      name: 'other',
      version: 3,
      previous: null,
      bytes: 251,
      shardBytes: 101,
      coding: { kind: 'copies', copies: 2 },
      seal: 'aes',
      etag: sha256Hex('other'),
      storedAt: '2025-01-01T00:00:00.001Z',
      levels: 1,
      entries: ['1', '2', '4'].map((text) => sha256Hex(text)),
      author: { node: STRANGER.node, spki: STRANGER.spki },
      signature: 'x',
    };
    expect(Object.keys(others).sort()).toEqual(Object.keys(head).sort());
    for (const field of Object.keys(head)) {
      const { [field]: _, ...less } = head;
      expect(() => open({ ...head, [field]: others[field] }), field).toThrow(Fault);
      expect(() => open(less), `without ${field}`).toThrow(Fault);
    }
  });

  it('does not open for a key that is not that of its author, or under another id', () => {
    const { author } = signHead(draft(), STRANGER);
    for (const other of [author, { ...author, node: SIGNER.node }, { ...author, spki: SIGNER.spki }])
      expect(() => open({ ...signHead(draft(), SIGNER), author: other })).toThrow("author's valid signature");
    expect(() => openHead(signHead(draft(), SIGNER), 'b'.repeat(52), SIGNER)).toThrow(Fault);
  });

  it('opens whoever its author is: a file outlives the membership of the node that stored it', () => {
    const head = signHead(draft(), STRANGER);
    expect(open(head)).toEqual(head);
  });

  it('is read by its shape alone only where the shape holds', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => readHead(value as Json) === undefined));
    for (const value of [null, [], 'text', 1, {}]) expect(readHead(value)).toBeUndefined();
    const head = signHead(draft(), SIGNER);
    for (const entries of [[], [sha256Hex('1')], ['x', 'y', 'z'], 'abc']) {
      expect(readHead({ ...head, entries } as unknown as Json)).toBeUndefined();
    }
  });
});

describe('the layout of a map', () => {
  const shardBytes = fc.integer({ min: 1, max: LIMITS.shardBytesMax });

  it('cuts a file into pieces that sum to it', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 500, max: 5_000 }), (bytes, size) => {
        const pieces = Array.from({ length: shardCount(bytes, size) }, (_, index) => pieceBytes(index, bytes, size));
        expect(pieces.reduce((sum, piece) => sum + piece, 0)).toBe(bytes);
        expect(pieces.slice(0, -1).every((piece) => piece === size)).toBe(true);
        expect(pieces.every((piece) => piece > 0)).toBe(true);
      }),
    );
  });

  it('needs no more in the head than fits, up to the largest file', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), shardBytes, (part, size) => {
        const shards = shardCount(Math.floor(part * fileBytesMax(size)), size);
        expect(headEntries(shards)).toBeLessThanOrEqual(LIMITS.headEntriesMax);
        expect(headEntries(shards) * LIMITS.pageEntriesMax ** levelsFor(shards)).toBeGreaterThanOrEqual(shards);
      }),
    );
  });

  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [LIMITS.headEntriesMax, 0, 16],
    [LIMITS.headEntriesMax + 1, 1, 1],
    [LIMITS.pageEntriesMax, 1, 1],
    [LIMITS.pageEntriesMax + 1, 1, 2],
    [LIMITS.headEntriesMax * LIMITS.pageEntriesMax, 1, 16],
    [LIMITS.headEntriesMax * LIMITS.pageEntriesMax + 1, 2, 1],
  ])('puts %i shards %i levels below %i entries', (shards, levels, entries) => {
    expect([levelsFor(shards), headEntries(shards)]).toEqual([levels, entries]);
  });
});
