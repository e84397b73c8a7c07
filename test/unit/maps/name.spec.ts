import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base32 } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { assertName, nameProblem } from '../../../src/organs/maps/name.ts';

/** What names trip over: marks that combine, slashes and dots, quotes, percent signs, control characters. */
const tricky = fc.constantFrom(
  'a',
  'ä',
  'u',
  '\u0308',
  '中',
  '🦔',
  '/',
  '.',
  '..',
  '%',
  '%2F',
  '"',
  '\\',
  ' ',
  '\n',
  '\u0085',
);

const anyCodePoint = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));

describe('a file name', () => {
  it.each([
    'a',
    'notes/today.txt',
    'Ünïcode/日本語/🦔',
    '...',
    '.hidden/..also',
    ' spaces ',
    'back\\slash "quoted"',
    'a'.repeat(LIMITS.fileNameBytesMax),
    'ü'.repeat(LIMITS.fileNameBytesMax / 2),
    'a'.repeat(51),
    'A'.repeat(52),
  ])('may be %j', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['a'.repeat(LIMITS.fileNameBytesMax + 1), 'at most'],
    [`${'ü'.repeat(LIMITS.fileNameBytesMax / 2)}a`, 'at most'],
    ['u\u0308', 'normalization'],
    ['a\nb', 'control'],
    ['a\u0000', 'control'],
    ['\u007f', 'control'],
    ['\u0085', 'control'],
    ['a/../b', 'segments'],
    ['..', 'segments'],
    ['./a', 'segments'],
    ['/a', 'segments'],
    ['a/', 'segments'],
    ['a//b', 'segments'],
    ['\ud800', 'Unicode'],
    ['a'.repeat(52), 'id'],
  ])('may not be %j', (name, why) => {
    expect(nameProblem(name)).toContain(why);
    expect(() => assertName(name)).toThrow(Fault);
  });

  it('is never an id', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => nameProblem(base32(bytes)) !== undefined),
    );
  });

  it('that is taken is its own normal form, stays what it is in JSON and UTF-8, and has no way up', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCodePoint }), fc.string({ unit: tricky })), (name) => {
        fc.pre(nameProblem(name) === undefined);
        expect(name.normalize('NFC')).toBe(name);
        expect(new TextDecoder().decode(new TextEncoder().encode(name))).toBe(name);
        expect(JSON.parse(JSON.stringify(name))).toBe(name);
        expect(new URL(`file:///x/${encodeURIComponent(name)}`).pathname).toBe(`/x/${encodeURIComponent(name)}`);
      }),
    );
  });
});
