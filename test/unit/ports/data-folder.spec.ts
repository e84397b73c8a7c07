import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultCode, isFault } from '../../../src/contract/errors.ts';
import { type DataFolder, openDataFolder } from '../../../src/runtime/data-folder.ts';
import { writeDurably } from '../../../src/runtime/durable-file.ts';
import { lockFolder } from '../../../src/runtime/folder-lock.ts';
import { p256Signer } from '../../../src/runtime/signer/p256.ts';

let parent: string;
let path: string;
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;
const refusal = (code: FaultCode) => expect.toSatisfy((error: unknown) => isFault(error, code));

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'peertree-data-'));
  path = join(parent, 'organism', 'node-1');
});
afterEach(() => rm(parent, { recursive: true }));

/** Opens the folder, looks at it, and closes it again. */
async function visit<T>(look: (folder: DataFolder) => T | Promise<T>, at = path): Promise<T> {
  const folder = await openDataFolder(at);
  try {
    return await look(folder);
  } finally {
    await folder.close();
  }
}

describe('a data folder', () => {
  it('is made at the first start, for its owner alone', async () => {
    await visit(async (folder) => {
      expect(await modeOf(path)).toBe(0o700);
      expect(await modeOf(join(path, 'key.pem'))).toBe(0o600);
      expect(await readFile(join(path, 'format'), 'utf8')).toBe('1\n');
      expect(p256Signer(folder.keyPem).node).toMatch(/^[a-z2-7]{52}$/);
      expect([folder.path, folder.storePath, folder.logPath]).toEqual([
        path,
        join(path, 'store'),
        join(path, 'log.ndjson'),
      ]);
    });
    expect((await readdir(path)).sort()).toEqual(['format', 'key.pem']);
  });

  it('keeps its key, and its key to itself', async () => {
    const first = await visit(({ keyPem }) => keyPem);
    await chmod(join(path, 'key.pem'), 0o644);
    expect(await visit(({ keyPem }) => keyPem)).toBe(first);
    expect(await modeOf(join(path, 'key.pem'))).toBe(0o600);
  });

  it('goes on where its first start was cut short', async () => {
    const first = await visit(({ keyPem }) => keyPem);
    await rm(join(path, 'format'));
    expect(await visit(({ keyPem }) => keyPem)).toBe(first);
    expect(await readFile(join(path, 'format'), 'utf8')).toBe('1\n');
  });

  it.each<[string, string, FaultCode]>([
    ['2\n', 'format', 'data-too-new'],
    ['10', 'format', 'data-too-new'],
    ['', 'format', 'data-damaged'],
    ['0\n', 'format', 'data-damaged'],
    ['1.5', 'format', 'data-damaged'],
    ['one', 'format', 'data-damaged'],
    ['no key', 'key.pem', 'data-damaged'],
  ])('refuses %j as its %s', async (text, file, code) => {
    await visit(() => undefined);
    await writeFile(join(path, file), text);
    await expect(openDataFolder(path)).rejects.toEqual(refusal(code));
    // The refusal has given the lock back, and changed nothing.
    await expect(openDataFolder(path)).rejects.toEqual(refusal(code));
    expect(await readFile(join(path, file), 'utf8')).toBe(text);
  });

  it('makes no second identity where the key is gone', async () => {
    await visit(() => undefined);
    await rm(join(path, 'key.pem'));
    await expect(openDataFolder(path)).rejects.toEqual(refusal('data-damaged'));
  });

  it('refuses a place that is no folder', async () => {
    await writeFile(join(parent, 'file'), '');
    for (const place of ['file', 'file/below']) {
      await expect(openDataFolder(join(parent, place))).rejects.toEqual(refusal('data-damaged'));
    }
  });

  it('keeps a certificate until other hosts are asked for, or it is about to expire', async () => {
    let nowMs = Date.now();
    const folder = await openDataFolder(path, { now: () => nowMs });
    const first = await folder.certPem([]);
    expect(await folder.certPem([])).toBe(first);
    const second = await folder.certPem(['a.example']);
    expect(second).not.toBe(first);
    expect(await readFile(join(path, 'cert.pem'), 'utf8')).toBe(second);
    nowMs += 800 * 86_400_000;
    expect(await folder.certPem(['a.example'])).not.toBe(second);
    await writeFile(join(path, 'cert.pem'), 'junk');
    expect(await folder.certPem([])).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await folder.close();
  });

  it('is open once, and again after it was closed', async () => {
    await visit(async () => {
      await expect(openDataFolder(path)).rejects.toEqual(refusal('data-in-use'));
      await expect(openDataFolder(join(path, '..', 'node-1'))).rejects.toEqual(refusal('data-in-use'));
    });
    await visit(() => undefined);
  });

  it('locks a folder whose path is longer than a socket may have', async () => {
    const long = join(parent, 'x'.repeat(120));
    await visit(async () => {
      await expect(openDataFolder(long)).rejects.toEqual(refusal('data-in-use'));
    }, long);
    await visit(() => undefined, long);
    expect((await readdir(long)).sort()).toEqual(['format', 'key.pem']);
  });
});

describe('the lock of a folder', () => {
  const lockName = (digit: string): string => `lock-${digit.repeat(16)}.sock`;

  it('is taken by exactly one of many who try at once', async () => {
    for (let round = 0; round < 5; round++) {
      const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(parent)));
      const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      const losers = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
      expect(winners).toHaveLength(1);
      expect(losers.every((error) => isFault(error, 'data-in-use'))).toBe(true);
      await winners[0]?.release();
      expect(await readdir(parent)).toEqual([]);
    }
  });

  it('clears away what the dead have left, and nothing else', async () => {
    await writeFile(join(parent, lockName('0')), '');
    await writeFile(join(parent, 'lock-mine.sock'), '');
    await mkdir(join(parent, 'lock'));
    const lock = await lockFolder(parent);
    const left = await readdir(parent);
    expect(left.filter((name) => /^lock-[0-9a-f]{16}/.test(name))).toHaveLength(1);
    expect(left).toEqual(expect.arrayContaining(['lock', 'lock-mine.sock']));
    expect(left).not.toContain(lockName('0'));
    await lock.release();
  });

  it('is not taken from one that is alive and says nothing', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(join(parent, lockName('f')), resolve));
    await expect(lockFolder(parent, 100)).rejects.toEqual(refusal('data-in-use'));
    expect(await readdir(parent)).toEqual([lockName('f')]);
    await new Promise((resolve) => mute.close(resolve));
  });
});

describe('writeDurably', () => {
  it('replaces a file whole, and leaves nothing beside it', async () => {
    const file = join(parent, 'file');
    await writeDurably(file, 'old', 0o600);
    await writeDurably(file, 'new', 0o644);
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['new', 0o644]);
    await mkdir(join(parent, 'folder'));
    await expect(writeDurably(join(parent, 'folder'), 'x', 0o600)).rejects.toThrow();
    expect((await readdir(parent)).sort()).toEqual(['file', 'folder']);
  });
});
