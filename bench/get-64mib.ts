import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../src/client/index.ts';
import { type Figure, median } from './figure.ts';
import { withOrganism } from './organism.ts';
import { mebibytesPerSecond, type RandomFile, randomFile } from './random-file.ts';

const FILES = 3;

/**
 * A get of 64 MiB over HTTPS through a node that has none of the data: it joined after the puts, and what its folder
 * holds before each get is stated. From the request to the last byte, whose SHA-256 is compared; median of three files.
 */
export const get64mib: Figure = {
  name: 'get-64mib',
  unit: 'MiB/s',
  expected: { atLeast: 80 },
  run: (say) =>
    withOrganism(5, async (organism) => {
      const [founder] = organism.nodes;
      if (founder === undefined) throw new Error('the organism has no nodes');
      const files = Array.from({ length: FILES }, () => randomFile(64));
      for (const [index, file] of files.entries()) {
        await organism.client(founder).put(file.pieces(), { name: `get-${index}`, bytes: file.bytes });
        say(`put ${index + 1}/${FILES}`);
      }
      const { node } = await organism.join();
      const samples: number[] = [];
      const notes: Record<string, number> = {};
      for (const [index, file] of files.entries()) {
        notes[`heldMiBBeforeGet${index + 1}`] = Math.round((await folderBytes(node.data)) / 1024 ** 2);
        samples.push(await get(organism.client(node), `get-${index}`, file));
        say(`get ${index + 1}/${FILES}: ${samples.at(-1)?.toFixed(1)} MiB/s`);
      }
      return { value: median(samples), samples, notes };
    }),
};

async function get(client: Client, name: string, file: RandomFile): Promise<number> {
  const hash = createHash('sha256');
  const start = performance.now();
  const download = await client.get(name);
  for await (const chunk of download.body) hash.update(chunk);
  const ms = performance.now() - start;
  if (hash.digest('hex') !== file.hash) throw new Error(`${name} came back changed`);
  return mebibytesPerSecond(file.bytes, ms);
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  // Blocks, not length: a store's file may have holes.
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).blocks * 512),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
