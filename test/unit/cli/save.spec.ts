import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Hashing } from '../../../src/cli/hashing.ts';
import { LogTail, merged } from '../../../src/cli/log-tail.ts';
import { lastSegment, save, targetOf } from '../../../src/cli/save.ts';
import { uploadsOf } from '../../../src/cli/uploads.ts';
import { sha256Hex } from '../../../src/contract/encoding.ts';
import { LIMITS } from '../../../src/contract/limits.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peertree-save-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const nothing = (): void => undefined;

describe('save', () => {
  const target = (): string => join(folder, 'out');

  it('shows the file only when it is whole', async () => {
    const seen: boolean[] = [];
    const watching = async function* () {
      for await (const piece of pieces('a', 'b')) {
        seen.push(existsSync(target()));
        yield piece;
      }
    };
    await save(watching(), target(), () => seen.push(existsSync(target())), { force: false });
    expect(seen).toEqual([false, false, false]);
    expect(readFileSync(target(), 'utf8')).toBe('ab');
    expect(readdirSync(folder)).toEqual(['out']);
  });

  it.each([
    ['a source that fails', 'source'],
    ['a verdict that it is not right', 'verdict'],
  ])('leaves nothing behind after %s', async (_what, where) => {
    const fail = (): never => {
      throw new RangeError(where);
    };
    const source = async function* () {
      yield Buffer.from('a');
      if (where === 'source') fail();
    };
    const verdict = where === 'verdict' ? fail : nothing;
    await expect(save(source(), target(), verdict, { force: true })).rejects.toThrow(where);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not replace a file that came to be meanwhile', async () => {
    const slow = async function* () {
      yield Buffer.from('mine');
      writeFileSync(target(), 'theirs');
    };
    await expect(save(slow(), target(), nothing, { force: false })).rejects.toMatchObject({ code: 'already-exists' });
    expect(readFileSync(target(), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['out']);
    await save(pieces('mine'), target(), nothing, { force: true });
    expect(readFileSync(target(), 'utf8')).toBe('mine');
  });

  it('goes into a folder that is named', async () => {
    expect(await targetOf(folder, 'a/b.txt')).toBe(join(folder, 'b.txt'));
    expect(await targetOf(target(), 'a/b.txt')).toBe(target());
  });

  it.each(['', '..', 'a/..', 'a/', '.', 'a/\0'])("never takes '%s' for a file name", (name) => {
    expect(() => lastSegment(name)).toThrow(expect.objectContaining({ code: 'bad-name' }));
  });
});

describe('hashing', () => {
  it('judges what passed', async () => {
    const right = new Hashing(pieces('a', 'b'));
    for await (const _ of right) expect(right.bytes).toBeGreaterThan(0);
    expect(() => right.verify({ name: 'x', etag: sha256Hex('ab') })).not.toThrow();
    const wrong = new Hashing(pieces('a'));
    for await (const _ of wrong) expect(wrong.bytes).toBe(1);
    expect(() => wrong.verify({ name: 'x', etag: sha256Hex('ab') })).toThrow(
      expect.objectContaining({ code: 'corrupt' }),
    );
  });
});

describe('uploads', () => {
  const collect = async (path: string, options = {}): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of uploadsOf(path, options)) names.push(name);
    return names;
  };

  it('walk a folder in order and follow no links', async () => {
    mkdirSync(join(folder, 'b/c'), { recursive: true });
    for (const name of ['z', 'a', 'b/c/d']) writeFileSync(join(folder, name), name);
    symlinkSync('..', join(folder, 'b/loop'));
    const skipped: string[] = [];
    expect(await collect(folder, { onSkipped: (path: string) => skipped.push(path) })).toEqual(['a', 'b/c/d', 'z']);
    expect(skipped).toEqual([join(folder, 'b/loop')]);
    expect(await collect(folder, { name: 'v' })).toEqual(['v/a', 'v/b/c/d', 'v/z']);
  });

  it('take a single file by the name given', async () => {
    writeFileSync(join(folder, 'a'), 'x');
    expect(await collect(join(folder, 'a'))).toEqual(['a']);
    expect(await collect(join(folder, 'a'), { name: 'some/name' })).toEqual(['some/name']);
  });
});

describe('the tail of a log', () => {
  const line = (time: string, event = 'x'): string => `${JSON.stringify({ time, level: 'info', event })}\n`;
  const path = (): string => join(folder, 'log.ndjson');
  const times = async (tail: LogTail): Promise<string[]> => (await tail.read()).map(({ time }) => time);

  it('brings what is there, then what is added, whole lines only', async () => {
    const tail = new LogTail('node-1', path());
    expect(await times(tail)).toEqual([]);
    writeFileSync(path(), line('1') + line('2').slice(0, 9));
    expect(await times(tail)).toEqual(['1']);
    writeFileSync(path(), line('1') + line('2') + line('3'));
    expect(await times(tail)).toEqual(['2', '3']);
    expect(await times(tail)).toEqual([]);
  });

  it('begins anew where the file does', async () => {
    const tail = new LogTail('node-1', path());
    writeFileSync(path(), line('1') + line('2'));
    await tail.read();
    writeFileSync(path(), line('3'));
    expect(await times(tail)).toEqual(['3']);
    rmSync(path());
    writeFileSync(join(folder, 'other'), '');
    writeFileSync(path(), line('4') + line('5') + line('6'));
    expect(await times(tail)).toEqual(['4', '5', '6']);
  });

  it('reads no more than the end of a long one', async () => {
    const tail = new LogTail('node-1', path());
    writeFileSync(path(), line('1', 'x'.repeat(LIMITS.logsTailBytes)) + line('2'));
    expect(await times(tail)).toEqual(['2']);
  });

  it('leaves out what is no line of a log', async () => {
    writeFileSync(path(), `nonsense\nnull\n{"no":"time"}\n${line('1')}`);
    expect(await times(new LogTail('node-1', path()))).toEqual(['1']);
  });

  it('merges by time and keeps the order of each', () => {
    const entry = (node: string, time: string, event: string) => ({ node, time, fields: { event } });
    const a = [entry('a', '1', '1st'), entry('a', '3', '2nd'), entry('a', '3', '3rd')];
    const b = [entry('b', '2', '1st'), entry('b', '3', '2nd')];
    expect(merged([a, b]).map(({ node, fields }) => `${node} ${fields.event}`)).toEqual([
      'a 1st',
      'b 1st',
      'a 2nd',
      'a 3rd',
      'b 2nd',
    ]);
  });
});
