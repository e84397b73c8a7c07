import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  folderOf,
  type OrganismFile,
  parseOrganismFile,
  readOrganismFile,
  writeOrganismFile,
} from '../../../src/cli/organism-file.ts';
import { planNodes, type Wish } from '../../../src/cli/up/plan.ts';
import { isWhole, whatIsMissing } from '../../../src/cli/up/whole.ts';
import type { OrganismStatus } from '../../../src/contract/services.ts';
import { idOf, memoryNode } from '../../twins/memory-node.ts';
import { conform } from './schemas.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peertree-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const listed = (index: number, port = 4400 + index - 1) => ({
  name: `node-${index}`,
  id: idOf(`node-${index}`),
  url: `https://127.0.0.1:${port}`,
  port,
  data: `node-${index}`,
});
const fileOf = (...indices: number[]): OrganismFile => ({
  v: 1,
  organism: idOf('organism'),
  nodes: indices.map((index) => listed(index)),
});

describe('organism.json', () => {
  it('is read as it was written, and leaves no draft behind', async () => {
    const file = { ...fileOf(1, 2), growing: 5, genomes: ['/my/shardTree.genome.yaml', '/my/files.genome.yaml'] };
    await writeOrganismFile(folder, file);
    expect(await readOrganismFile(folder)).toEqual(file);
    conform('organism', JSON.parse(readFileSync(join(folder, 'organism.json'), 'utf8')));
    await writeOrganismFile(folder, fileOf(1));
    expect(await readOrganismFile(folder)).toEqual(fileOf(1));
    expect(readdirSync(folder)).toEqual(['organism.json']);
  });

  it('keeps the old one where the new one cannot be written', async () => {
    mkdirSync(join(folder, 'organism.json'));
    await expect(writeOrganismFile(folder, fileOf(1))).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['organism.json']);
  });

  it('may be missing', async () => {
    expect(await readOrganismFile(folder)).toBeUndefined();
    expect(await readOrganismFile(join(folder, 'nowhere'))).toBeUndefined();
  });

  it.each([
    ['no JSON', '{', 'data-damaged'],
    ['null', 'null', 'data-damaged'],
    ['a list', '[]', 'data-damaged'],
    ['no version', '{"nodes":[]}', 'data-damaged'],
    ['a newer version', '{"v":2,"whatever":1}', 'data-too-new'],
    ['no id', JSON.stringify({ ...fileOf(1), organism: 'x' }), 'data-damaged'],
    ['a node without a key', JSON.stringify({ ...fileOf(), nodes: [{ ...listed(1), id: 'x' }] }), 'data-damaged'],
    ['a node that is null', JSON.stringify({ ...fileOf(), nodes: [null] }), 'data-damaged'],
    ['a genome that is no path', JSON.stringify({ ...fileOf(1), genomes: [1] }), 'data-damaged'],
    ['no genome at all', JSON.stringify({ ...fileOf(1), genomes: [] }), 'data-damaged'],
    ['a node without an address', JSON.stringify({ ...fileOf(), nodes: [{ ...listed(1), url: 'x' }] }), 'data-damaged'],
  ])('is refused with %s', (_what, text, code) => {
    expect(() => parseOrganismFile(text, 'organism.json')).toThrow(expect.objectContaining({ code }));
  });

  it('is refused when it is larger than any list of nodes', async () => {
    writeFileSync(join(folder, 'organism.json'), ' '.repeat(1_048_577));
    await expect(readOrganismFile(folder)).rejects.toMatchObject({ code: 'data-damaged' });
  });

  it('names folders relative to itself', () => {
    expect(folderOf('/data/organism', listed(2))).toBe('/data/organism/node-2');
    expect(folderOf('/data/organism', { ...listed(2), data: '/elsewhere' })).toBe('/elsewhere');
  });
});

describe('the plan of up', () => {
  const brief = (remembered: OrganismFile | undefined, wish: Wish) =>
    planNodes(remembered, wish).map(({ name, port, known }) => `${name}:${port}${known === undefined ? ' new' : ''}`);

  it('grows five nodes from port 4400 up', () => {
    expect(brief(undefined, {})).toEqual([
      'node-1:4400 new',
      'node-2:4401 new',
      'node-3:4402 new',
      'node-4:4403 new',
      'node-5:4404 new',
    ]);
  });

  it('takes free ports', () => {
    expect(brief(undefined, { nodes: 2, port: 0 })).toEqual(['node-1:0 new', 'node-2:0 new']);
  });

  it('brings back what there was, where it was', () => {
    const odd = { ...fileOf(1), nodes: [listed(1, 5_001), listed(2, 5_009)] };
    expect(brief(odd, {})).toEqual(['node-1:5001', 'node-2:5009']);
    expect(brief(odd, { port: 0 })).toEqual(['node-1:5001', 'node-2:5009']);
    expect(brief(odd, { port: 5_001, nodes: 2 })).toEqual(['node-1:5001', 'node-2:5009']);
  });

  it('adds nodes behind those that there are', () => {
    expect(brief(fileOf(1, 2), { nodes: 4 })).toEqual([
      'node-1:4400',
      'node-2:4401',
      'node-3:4402 new',
      'node-4:4403 new',
    ]);
    expect(brief(fileOf(1, 3), { nodes: 3, port: 0 })).toEqual(['node-1:4400', 'node-3:4402', 'node-2:0 new']);
  });

  it('goes on growing where it was interrupted', () => {
    expect(brief({ ...fileOf(1), growing: 3 }, {})).toEqual(['node-1:4400', 'node-2:4401 new', 'node-3:4402 new']);
  });

  it.each([
    ['fewer nodes', fileOf(1, 2), { nodes: 1 }, /has 2 nodes.*peertree leave node-2/s],
    ['other ports', fileOf(1, 2), { port: 5_000 }, /from 4400 up/],
    ["a single node's folder", { ...fileOf(), nodes: [{ ...listed(1), data: '.' }] }, {}, /peertree node/],
    ['ports beyond the last one', undefined, { port: 65_535, nodes: 2 }, /no 2 ports/],
  ])('refuses %s', (_what, remembered, wish, message) => {
    expect(() => planNodes(remembered, wish)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });
});

describe('a whole organism', () => {
  const statusOf = (...states: string[][]): OrganismStatus => {
    const { statusNow } = memoryNode();
    const [tree] = statusNow.trees;
    if (tree === undefined) throw new Error('no tree');
    const trees = states.map((cells) => ({
      ...tree,
      cells: cells.map((state, index) => ({ slot: index + 1, node: idOf(`n${index}`), state })),
    }));
    return { ...statusNow, trees };
  };

  it('has as many placed cells in every tree as nodes', () => {
    expect(isWhole(statusOf(['placed', 'placed.attached'], ['placed', 'placed']), 2)).toBe(true);
  });

  it.each([
    ['no tree', statusOf()],
    ['a cell too few in one tree', statusOf(['placed', 'placed'], ['placed'])],
    ['a cell that is joining', statusOf(['placed', 'joining'])],
    ['a cell of a mode that only begins alike', statusOf(['placed', 'placedless'])],
    ['a cell too many', statusOf(['placed', 'placed', 'unknown'])],
  ])('is not one with %s', (_what, status) => {
    expect(isWhole(status, 2)).toBe(false);
    expect(whatIsMissing(status, 2)).not.toBe('');
  });
});
