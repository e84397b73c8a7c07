import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { ndjsonLog } from '../../../src/runtime/log/ndjson.ts';
import { logCompliance } from '../../compliance/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'peertree-log-'));
let files = 0;
const newPath = (): string => join(folder, `${files++}.ndjson`);
const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

afterAll(() => rmSync(folder, { recursive: true }));

logCompliance('a log in memory', () => {
  const log = memoryLog();
  return { log, lines: () => [...log.lines] };
});

logCompliance('a log file', () => {
  const path = newPath();
  const log = ndjsonLog(path, { level: 'debug' });
  const lines = (): ReturnType<ReturnType<Parameters<typeof logCompliance>[1]>['lines']> => {
    log.close();
    return linesOf(path).map(({ time, level, event, ...fields }) => {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
      return { level: String(level), event: String(event), fields: fields as never };
    });
  };
  return { log, lines };
});

describe('a log in memory', () => {
  it('keeps so many lines, and counts those that had to make room', () => {
    const log = memoryLog({ linesMax: 3 });
    for (const event of ['a', 'b', 'c']) log.info(event);
    expect([log.lines.length, log.dropped]).toEqual([3, 0]);
    log.child({}).info('d');
    expect([log.lines.map(({ event }) => event).join(), log.dropped]).toEqual(['b,c,d', 1]);
  });
});

describe('a log file', () => {
  it('says when, how grave, what, and the rest', () => {
    const texts: string[] = [];
    const log = ndjsonLog({ write: (text) => texts.push(text) }, { fields: { node: 'n' }, now: () => 0 });
    log.warn('store.full', { free: 0, event: 'no', level: 'no', time: 'no' });
    log.flush();
    expect(texts).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"store.full","node":"n","free":0}\n',
    ]);
  });

  it('gathers lines until an error comes', () => {
    const texts: string[] = [];
    const log = ndjsonLog({ write: (text) => texts.push(text) });
    log.debug('left.out');
    log.info('a');
    expect(texts).toEqual([]);
    log.error('b');
    expect(texts.join('').match(/"event":"\w"/g)).toEqual(['"event":"a"', '"event":"b"']);
  });

  it('gathers no more than its buffer', () => {
    const texts: string[] = [];
    const log = ndjsonLog({ write: (text) => texts.push(text) });
    while (texts.length === 0) log.info('x', { text: 'x'.repeat(1000) });
    const text = texts.join('');
    const last = text.lastIndexOf('\n', text.length - 2) + 1;
    expect(text.length).toBeGreaterThanOrEqual(LIMITS.logBufferBytesMax);
    expect(last).toBeLessThan(LIMITS.logBufferBytesMax);
  });

  it('begins a new file when this one is full, keeping one old one', () => {
    const path = newPath();
    const lineBytes = '{"time":"1970-01-01T00:00:00.000Z","level":"error","event":"x","n":0}\n'.length;
    const log = ndjsonLog(path, { bytesMax: 2 * lineBytes, now: () => 0 });
    const write = (n: number): void => log.error('x', { n });
    const numbers = (file: string): unknown[] => linesOf(file).map(({ n }) => n);
    for (const n of [0, 1]) write(n);
    expect(numbers(path)).toEqual([0, 1]);
    for (const n of [2, 3, 4]) write(n);
    log.close();
    expect([numbers(`${path}.1`), numbers(path)]).toEqual([[2, 3], [4]]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('goes on with the file that is there', () => {
    const path = newPath();
    for (const event of ['a', 'b']) {
      const log = ndjsonLog(path);
      log.info(event);
      log.close();
      log.info('after the end');
    }
    expect(linesOf(path).map(({ event }) => event)).toEqual(['a', 'b']);
  });

  it('replaces a line that is too long, or no JSON', () => {
    const texts: string[] = [];
    const log = ndjsonLog({ write: (text) => texts.push(text) });
    const overhead = '{"time":"1970-01-01T00:00:00.000Z","level":"error","event":"x","text":""}'.length;
    log.error('x', { text: 'y'.repeat(LIMITS.logLineBytesMax - overhead - 1) });
    log.error('x', { text: 'y'.repeat(LIMITS.logLineBytesMax - overhead) });
    log.error('x', { big: 1n as never });
    const [fits, long, odd] = texts.map((text) => JSON.parse(text));
    expect(fits.text).toBeTypeOf('string');
    expect([long.leftOut, odd.leftOut]).toEqual([LIMITS.logLineBytesMax, 'unprintable']);
  });

  it('counts what could not be written, and says so when it can write again', () => {
    const texts: string[] = [];
    let full = true;
    const write = (text: string): void => {
      if (full) throw new Error('ENOSPC');
      texts.push(text);
    };
    const log = ndjsonLog({ write });
    log.error('a');
    log.error('b');
    full = false;
    log.error('c');
    log.error('d');
    const lines = texts
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['log.dropped', 'c', 'd']);
    expect([lines[0].lines, log.dropped]).toEqual([2, 2]);
  });
});
