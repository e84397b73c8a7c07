import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bumpIncarnation } from '../../../src/runtime/incarnation.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incarnation-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('bumpIncarnation', () => {
  it('counts the starts of a node from 1, on the disk', async () => {
    expect([await bumpIncarnation(folder), await bumpIncarnation(folder)]).toEqual([1, 2]);
    expect(await readFile(join(folder, 'incarnation'), 'utf8')).toBe('2\n');
    expect(await readdir(folder)).toEqual(['incarnation']);
  });

  it('goes on from what another program wrote', async () => {
    await writeFile(join(folder, 'incarnation'), '41');
    expect(await bumpIncarnation(folder)).toBe(42);
  });

  it.each(['', 'one', '-1', '1.5', '9007199254740991', '99999999999999999999'])('refuses %j', async (text) => {
    await writeFile(join(folder, 'incarnation'), text);
    await expect(bumpIncarnation(folder)).rejects.toMatchObject({ code: 'data-damaged' });
    expect(await readFile(join(folder, 'incarnation'), 'utf8')).toBe(text);
  });

  it('needs its folder', () => expect(bumpIncarnation(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' }));
});
