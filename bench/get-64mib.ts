import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../src/client/index.ts';
import { type Figure, median } from './figure.ts';
import { pause, withOrganism } from './organism.ts';
import { mebibytesPerSecond, type RandomFile, randomFile } from './random-file.ts';

const FILES = 3;
const SETTLE_POLLS_MAX = 60;

/**
 * A get of 64 MiB over HTTPS through a node that has none of the data: for each of three files one more node joins, and
 * the file is got through it at once, before its share of the shards has been copied to it. What its folder holds before
 * and after is stated: the copying goes on beside the get. From the request to the last byte, whose SHA-256 is compared;
 * median of the three.
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
      const samples: number[] = [];
      const notes: Record<string, string> = {};
      for (const [index, file] of files.entries()) {
        const { node } = await organism.join();
        const before = await folderMebibytes(node.data);
        samples.push(await get(organism.client(node), `get-${index}`, file));
        const after = await folderMebibytes(node.data);
        notes[`held${index + 1}`] = `${before} MiB before, ${after} MiB after`;
        say(`get ${index + 1}/${FILES}: ${samples.at(-1)?.toFixed(1)} MiB/s`);
        await settled(node.data);
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

/** Until the newcomer has its share, so that the next one doesn't join into the copying for this one. */
async function settled(folder: string): Promise<void> {
  let held = -1;
  for (let poll = 0; poll < SETTLE_POLLS_MAX; poll++) {
    const now = await folderMebibytes(folder);
    if (now === held) return;
    held = now;
    await pause(2_000);
  }
}

async function folderMebibytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  // Blocks, not length: a store's file may have holes.
  const blocks = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).blocks));
  return Math.round((blocks.reduce((sum, count) => sum + count, 0) * 512) / 1024 ** 2);
}
