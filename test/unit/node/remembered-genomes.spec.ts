import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHIPPED_GENOMES } from '../../../src/actors/genome.ts';
import type { Json } from '../../../src/contract/words.ts';
import { loadGenomes, loadRemembered, rememberGenomes } from '../../../src/runtime/remembered-genomes.ts';
import { makeView, nodeName } from '../../stage/organism.ts';
import { Shelf } from '../../stage/shelf.ts';

let folder: string;
let store: Shelf;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'genomes-'));
  store = new Shelf();
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, fanout = 4): string {
  const path = join(folder, `${name}-${fanout}.genome.yaml`);
  writeFileSync(
    path,
    `genome: ${name}\nversion: 1.0.0\ntree: { fanout: ${fanout} }\norgans: { shards: { kind: shards } }\n`,
  );
  return path;
}

/** The node gets its first view, of an organism with these trees. */
function belong(fanout: number, ...genomes: string[]): void {
  const trees = Object.fromEntries(genomes.map((genome) => [genome, [nodeName(1)]]));
  const view = makeView([nodeName(1)], { trees, fanout });
  store.put([{ table: 'meta', key: 'view', value: view as unknown as Json }]);
}

const remember = async (...files: string[]): Promise<void> => rememberGenomes(store, await loadGenomes(files));
const namesOf = async (): Promise<string[]> => (await loadRemembered(store)).genomes.map(({ genome }) => genome);

describe('the genomes of a node', () => {
  it('are the shipped ones where it was never told of others', async () => {
    const { files, genomes } = await loadRemembered(store);
    expect([files, genomes.map(({ source }) => source.file)]).toEqual([null, SHIPPED_GENOMES]);
    await rememberGenomes(store, { files, genomes });
    expect(await namesOf()).toEqual(['shardTree', 'ftreeFileMgr', 'borgShell', 'peerMemory']);
  });

  it('stay those of the shipped ones that it was founded with, where a later version ships more', async () => {
    const { genomes } = await loadGenomes(null);
    await rememberGenomes(store, { files: null, genomes: genomes.slice(0, 2) });
    expect(await namesOf()).toEqual(['shardTree', 'ftreeFileMgr']);
  });

  it('are remembered by where their files are, whatever folder the next start is in', async () => {
    const [notes, blobs] = [file('notes'), file('blobs', 2)];
    await remember(relative(process.cwd(), notes), blobs);
    expect((await loadRemembered(store)).files).toEqual([notes, blobs]);
    expect(await namesOf()).toEqual(['notes', 'blobs']);
  });

  it('may be others as long as the node belongs to no organism', async () => {
    await remember(file('notes'));
    await remember(file('blobs'));
    expect(await namesOf()).toEqual(['blobs']);
  });

  it('may be in other files and in another order once it belongs to one', async () => {
    await remember(file('notes'), file('blobs'));
    belong(4, 'notes', 'blobs');
    rmSync(file('notes'));
    const moved = join(folder, 'moved.yaml');
    writeFileSync(moved, 'genome: notes\nversion: 1.0.1\norgans: { shards: { kind: shards, shardBytes: 64KiB } }\n');
    await remember(file('blobs'), moved);
    expect((await loadRemembered(store)).files).toContain(moved);
  });

  it.each([
    ['other ones', ['blobs'], 4],
    ['fewer', ['notes'], 4],
    ['more', ['notes', 'files', 'blobs'], 4],
    ['the same with another fan-out', ['notes', 'files'], 2],
  ])('can’t be %s once it belongs to one, which is said plainly', async (_what, names, fanout) => {
    await remember(file('notes'), file('files'));
    belong(4, 'notes', 'files');
    const refused = remember(...names.map((name) => file(name, fanout)));
    await expect(refused).rejects.toMatchObject({ code: 'genome-invalid' });
    await expect(refused).rejects.toThrow(
      "the genomes files (4 children per cell), notes (4 children per cell), and can't go on with",
    );
    expect(await namesOf()).toEqual(['notes', 'files']);
  });

  it('may be fewer than the organism has, where the node began so', async () => {
    await remember(file('notes'));
    belong(4, 'notes', 'files');
    await remember(file('notes'));
    await expect(remember(file('notes'), file('files'))).rejects.toMatchObject({ code: 'genome-invalid' });
  });

  it('are those that its organism was founded with, where it joined before they were remembered', async () => {
    belong(4, 'notes');
    await expect(remember(file('notes', 3))).rejects.toMatchObject({ code: 'genome-invalid' });
    await remember(file('notes'));
    expect(await namesOf()).toEqual(['notes']);
  });

  it('that can’t be read any more are named, with what to do', async () => {
    const path = file('notes');
    await remember(path);
    rmSync(path);
    await expect(loadRemembered(store)).rejects.toMatchObject({ code: 'genome-invalid' });
    await expect(loadRemembered(store)).rejects.toThrow(`${path}, which can't be used any more; give --genome`);
  });
});
