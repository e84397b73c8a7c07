import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holesOf, Organism, start, temporaryFolder } from './organism.ts';

const FILE_BYTES = 200 * 1024 * 1024;
const PIECE = 1024 * 1024;
/** Within which a death must be repaired: replaced in every tree, and every shard whole again. */
const REPAIR_MS = 10_000;

/** A file that no disk cache or compression can make small; returns its SHA-256. */
function writeRandomFile(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  for (let written = 0; written < FILE_BYTES; written += PIECE) {
    const piece = randomBytes(PIECE);
    hash.update(piece);
    writeSync(file, piece);
  }
  closeSync(file);
  return hash.digest('hex');
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}

describe('the first life of an organism', () => {
  let organism: Organism;
  let folder: string;
  let etag: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    etag = writeRandomFile(join(folder, 'real.bin'));
    organism = await Organism.up({ nodes: 5 });
  });
  afterAll(async () => {
    await organism?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function expectSameBytes(index: number): Promise<void> {
    const out = join(folder, `copy-${index}.bin`);
    const got = await organism.run(['get', 'real.bin', '-o', out, '--at', organism.node(index).url, '--force']);
    expect([got.code, got.messages]).toEqual([0, '']);
    expect(await hashOf(out)).toBe(etag);
    rmSync(out);
  }

  it('keeps a real file of 200 MiB through kill -9, repairs itself, and takes the node back', async () => {
    const receipt = await organism.json<{ bytes: number; shards: number }>([
      'put',
      join(folder, 'real.bin'),
      '--name',
      'real.bin',
    ]);
    expect(receipt).toMatchObject({ bytes: FILE_BYTES, shards: FILE_BYTES / PIECE });

    organism.kill(2);
    await expectSameBytes(4);
    await organism.until(
      (status) =>
        holesOf(status).length === 0 &&
        status.trees.every(({ cells }) => cells.length === 4) &&
        status.storage.underReplicated === 0,
      REPAIR_MS,
    );
    for (const index of [0, 1, 3]) await expectSameBytes(index);

    const again = start([
      'node',
      '--json',
      '--data',
      organism.node(2).data,
      '--port',
      new URL(organism.node(2).url).port,
    ]);
    await again.event('placed');
    await organism.until(
      (status) => holesOf(status).length === 0 && status.trees.every(({ cells }) => cells.length === 5),
      REPAIR_MS,
    );
    await expectSameBytes(2);
    again.process.kill('SIGTERM');
    expect(await again.ended).toEqual({ code: 0, signal: null });
  });

  it('is the same organism, with all its files, when it is grown again', async () => {
    const { organism: id } = await organism.status();
    expect(await organism.halt()).toEqual({ code: 0, signal: null });
    const data = organism.data;
    organism = await Organism.up({ data });
    expect((await organism.status()).organism).toBe(id);
    expect(organism.whole.nodes).toHaveLength(5);
    await expectSameBytes(3);
    const file = JSON.parse(readFileSync(join(data, 'organism.json'), 'utf8')) as { organism: string };
    expect(file.organism).toBe(id);
  });
});
