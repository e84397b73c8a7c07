import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../src/contract/units.ts';

describe('sizes', () => {
  it.each([
    ['1B', 1],
    ['64KiB', 65_536],
    ['4MiB', 4_194_304],
    ['40GiB', 42_949_672_960],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(text);
  });

  it.each([
    '',
    '64',
    'KiB',
    '0KiB',
    '-1KiB',
    '1.5MiB',
    '1 MiB',
    '1MB',
    '1mib',
    ' 1MiB',
    '1MiB\n',
    '1e3B',
    `${'1'.repeat(13)}B`,
  ])('%o is none', (text) => expect(parseSize(text)).toBeUndefined());

  it('survive being written and read', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 39 }), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });
});

describe('durations', () => {
  it.each([
    ['200ms', 200],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each(['', '10', 's', '0s', '1.5s', '10 s', '10sec', '1H'])('%o is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  it('survive being written and read', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
