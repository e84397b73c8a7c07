import { describe, expect, it } from 'vitest';
import { sha256Hex, utf8 } from '../../../src/contract/encoding.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Head } from '../../../src/organs/maps/head.ts';
import { decodePage, encodePage, PageWriter } from '../../../src/organs/maps/page.ts';
import { shardsOf, walk } from '../../../src/organs/maps/walk.ts';
import { codeOf } from './desk.ts';

const PAGE = LIMITS.pageEntriesMax;
const HEAD = LIMITS.headEntriesMax;
/** A name per number that is cheap to make: the hashes themselves say nothing here. */
const nameOf = (index: number): string => index.toString(16).padStart(64, '0');

async function written(count: number) {
  const pages = new Map<string, Uint8Array>();
  const writer = new PageWriter(async (page) => {
    const hash = sha256Hex(page);
    pages.set(hash, page);
    return hash;
  });
  for (let index = 0; index < count; index++) await writer.add(nameOf(index));
  const { levels, entries } = await writer.finish();
  const head = { bytes: count, shardBytes: 1, levels, entries } as unknown as Head;
  const readPage = async (hash: string): Promise<Uint8Array> => pages.get(hash) as Uint8Array;
  return { pages, head, readPage };
}

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('a map', () => {
  it.each([
    // shards, levels, pages
    [0, 0, 0],
    [1, 0, 0],
    [HEAD, 0, 0],
    [HEAD + 1, 1, 1],
    [PAGE, 1, 1],
    [PAGE + 1, 1, 2],
    [HEAD * PAGE, 1, HEAD],
    [HEAD * PAGE + 1, 2, HEAD + 2],
    [20 * PAGE, 2, 21],
  ])('of %i shards has %i levels and %i pages, and names them all in order', async (count, levels, pageCount) => {
    const { pages, head, readPage } = await written(count);
    expect(head.levels).toBe(levels);
    expect(head.entries.length).toBeLessThanOrEqual(HEAD);
    expect(pages.size).toBe(pageCount);
    const found = await list(shardsOf(head, readPage));
    expect(found.length).toBe(count);
    expect(found.every((hash, index) => hash === nameOf(index))).toBe(true);
    expect((await list(walk(head, readPage))).filter(({ isPage }) => isPage).length).toBe(pageCount);
  });

  it('appended to keeps all its pages but the last', async () => {
    const before = await written(3 * PAGE + 5);
    const after = await written(3 * PAGE + 6);
    const kept = [...before.pages.keys()].filter((hash) => after.pages.has(hash));
    expect(kept.length).toBe(3);
  });

  it('whose pages name more or fewer shards than its size needs is corrupt', async () => {
    const { head, readPage } = await written(PAGE + 10);
    for (const bytes of [PAGE + 9, PAGE + 11]) {
      expect(await codeOf(list(shardsOf({ ...head, bytes }, readPage)))).toBe('corrupt');
    }
  });

  it('leaves out what a page names that can not be read', async () => {
    const { head } = await written(PAGE + 10);
    const found = await list(walk(head, async () => undefined));
    expect(found).toEqual(head.entries.map((hash) => ({ hash, isPage: true })));
  });
});

describe('a page', () => {
  it('is what it was written as, up to its limit', () => {
    const entries = Array.from({ length: PAGE }, (_, index) => nameOf(index));
    expect(decodePage(encodePage(entries))).toEqual(entries);
    expect(encodePage(entries).byteLength).toBeLessThanOrEqual(LIMITS.shardBytesMin * 2);
    expect(() => decodePage(encodePage([...entries, nameOf(PAGE)]))).toThrow(Fault);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"v":1,"entries":[]}',
    '{"v":2,"entries":[]}',
    '{"v":1,"entries":["x"]}',
    '{"v":1}',
  ])('is not %j', (text) => {
    expect(() => decodePage(utf8(text))).toThrow(Fault);
  });

  it('is not what is no UTF-8', () => {
    expect(() => decodePage(Uint8Array.of(0xff, 0xfe))).toThrow(Fault);
  });
});
