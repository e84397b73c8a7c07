import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbStore } from '../../../src/runtime/store/lmdb.ts';
import { startChild } from './child.ts';

const run = promisify(execFile);

describe('the LMDB store in a process of its own', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peertree-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['large shards, four at a time', 24, 1_048_576, 4],
    ['small shards, one after the other', 8, 20_000, 1],
  ])('survives a full disk: %s', async (_name, sizeMiB, bytes, workers) => {
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder]);
    } catch (error) {
      console.warn(`A full disk can't be made here (mount: ${String(error)}); the twin's specs cover the rest.`);
      return;
    }
    try {
      const child = startChild('store.child.ts', 'fill', join(folder, 'store'), String(bytes), String(workers));
      const { code, stderr } = await child.ended;
      expect(child.facts, stderr).toEqual([
        { full: true, codes: ['disk-full'], some: true, intact: true },
        { fullAfterRemoval: false, intact: true, same: true },
      ]);
      expect(code).toBe(0);
    } finally {
      await run('umount', [folder]);
    }
  });

  it('has every acknowledged commit, and none by halves, after kill -9', async () => {
    const child = startChild('store.child.ts', 'write', folder);
    while ((await child.next())?.kept !== 12) expect(child.process.exitCode).toBeNull();
    child.process.kill('SIGKILL');
    await child.ended;
    const store = await openLmdbStore(folder);
    for (const { kept } of child.facts) {
      expect(store.get('facts', `n/${kept}`)).toBe(kept);
      expect(store.bytes(`n/${kept}`)).toEqual(new Uint8Array(20_000).fill(Number(kept)));
    }
    const facts = [...store.range('facts')].map(([key]) => key);
    expect(facts.every((key) => store.has('shards', key))).toBe(true);
    expect(facts.length - child.facts.length).toBeLessThanOrEqual(1);
    await store.close();
  });

  it('lets a rejection that is none of its own end the process, as Node would', async () => {
    const child = startChild('store.child.ts', 'stray', folder);
    const { code, stderr } = await child.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('none of the disk');
    expect(child.facts).toEqual([]);
  });
});
