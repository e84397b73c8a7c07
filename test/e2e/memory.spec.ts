import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchAnswer } from '../../src/contract/memory.ts';
import { pdf } from '../papers/pdf.ts';
import { photo } from '../papers/photo.ts';
import { docx } from '../papers/zip.ts';
import { conform, conformLines } from '../unit/cli/schemas.ts';
import { Organism, temporaryFolder } from './organism.ts';

/** A description, and the name of the file that it describes. */
const DESCRIBED: readonly (readonly [string, string])[] = [
  ['parse flags and arguments of a command line program', 'commander.md'],
  ['who signs what, and how messages travel between nodes', 'docs/protocol.md'],
  ['measured speed compared with other systems', 'docs/benchmarks.md'],
  ['a yacht that somebody leases for the summer', 'papers/lease.pdf'],
  ['how to bake sourdough', 'papers/bread.docx'],
  ['photos of the sea in the morning', 'papers/img-0417.jpg'],
];

describe('the memory of an organism of processes', () => {
  let organism: Organism;
  let folder: string;
  const find = (q: string, ...flags: string[]): Promise<SearchAnswer> => organism.json(['find', q, ...flags]);
  const first = async (q: string, ...flags: string[]) => (await find(q, ...flags)).results[0]?.name;

  beforeAll(async () => {
    folder = temporaryFolder();
    const papers: readonly (readonly [string, Uint8Array])[] = [
      [
        'lease.pdf',
        pdf(['Lease of the yacht Albatros\nThe tenant may sail her from May to October.'], 'Lease of a yacht'),
      ],
      ['bread.docx', docx('Feed the sourdough.\nKnead flour, water and salt; bake for forty minutes.')],
      [
        'img-0417.jpg',
        photo({ description: 'Dawn over the sea', artist: 'Anna Berg', make: 'Lumix', taken: '2024:06:15 05:00:00' }),
      ],
      ['noise.txt', Uint8Array.from({ length: 9_999 }, (_, i) => (i * 7919) % 256)],
    ];
    for (const [name, bytes] of papers) writeFileSync(join(folder, name), bytes);
    organism = await Organism.up({ nodes: 3 });
    for (const [path, name] of [
      [folder, 'papers'],
      ['docs', 'docs'],
      ['node_modules/commander/Readme.md', 'commander.md'],
    ] as const) {
      const { code, output, messages } = await organism.run(['put', path, '--name', name, '--wait', '--json']);
      expect([code, messages]).toEqual([0, '']);
      for (const line of conformLines('put', output.toString())) expect(line.remembered).not.toBe('pending');
    }
  });
  afterAll(async () => {
    await organism?.dispose();
    rmSync(folder, { recursive: true });
  });

  it.each(DESCRIBED)('%s: %s', async (description, name) => {
    expect(await first(description)).toBe(name);
  });

  it('answers over HTTPS exactly as it is promised, at every node alike', async () => {
    const answers: SearchAnswer[] = [];
    for (const { url } of organism.whole.nodes)
      answers.push(await find('a yacht that somebody leases for the summer', '--limit', '2', '--at', url));
    for (const answer of answers) expect(conform('find', answer)).toEqual(answers[0]);
    expect(Object.keys(answers[0] ?? {})).toEqual(['results', 'partial']);
  });

  it('says why a file has no text, and finds it by what is said of it', async () => {
    expect(await organism.json(['stat', 'papers/noise.txt'])).toMatchObject({ remembered: 'failed:not-text' });
    await organism.run(['remember', 'papers/noise.txt', '--note', 'the recording of the humpback whales']);
    await expect.poll(() => first('whale song recordings'), { timeout: 20_000 }).toBe('papers/noise.txt');
  });

  it('shows nothing of a file from when it is removed or stored anew', async () => {
    const name = 'papers/bread.docx';
    writeFileSync(join(folder, 'bread.docx'), docx('About the repair of bicycles.'));
    await organism.run(['put', join(folder, 'bread.docx'), '--name', name]);
    expect((await find('sourdough', '--type', 'docx')).results).toEqual([]);
    await organism.run(['rm', name]);
    expect((await find('repair of bicycles', '--type', 'docx')).results).toEqual([]);
  });

  it('finds the same after the death of any one node', async () => {
    organism.kill(1);
    for (const [description, name] of DESCRIBED.filter(([, file]) => file !== 'papers/bread.docx')) {
      expect(await first(description)).toBe(name);
    }
  });
});
