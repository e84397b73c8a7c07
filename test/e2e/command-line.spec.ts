import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrganismStatus } from '../../src/contract/services.ts';
import { conform, conformLines } from '../unit/cli/schemas.ts';
import { gone, isAlive, Organism, run, runJson, start, temporaryFolder } from './organism.ts';

describe('an organism on one machine', () => {
  let organism: Organism;
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    organism = await Organism.up({ nodes: 3 });
  });
  afterAll(async () => {
    await organism?.dispose();
    rmSync(folder, { recursive: true });
  });

  it('is announced by exactly one line, once every tree is whole', async () => {
    conform('up', organism.whole);
    expect(organism.whole.nodes).toHaveLength(3);
    expect(organism.whole.trees.map(({ genome, cells }) => [genome, cells])).toEqual([
      ['shardTree', 3],
      ['ftreeFileMgr', 3],
      ['borgShell', 3],
      ['peerMemory', 3],
    ]);
    for (const { pid, data } of organism.whole.nodes) {
      expect(isAlive(pid)).toBe(true);
      for (const file of ['key.pem', 'cert.pem', 'log.ndjson', 'format'])
        expect(existsSync(join(data, file))).toBe(true);
      expect(statSync(join(data, 'key.pem')).mode & 0o777).toBe(0o600);
    }
    conform('organism', JSON.parse(readFileSync(join(organism.data, 'organism.json'), 'utf8')));
    expect(conform('status', await organism.status())).toMatchObject({ queues: { deadLetters: 0 } });
    expect(organism.supervisor.output().toString().trimEnd().split('\n')).toHaveLength(1);
  });

  it('keeps a file that is put at one node and got at each', async () => {
    const bytes = randomBytes(5_000_000);
    writeFileSync(join(folder, 'real.bin'), bytes);
    const { output } = await organism.run(['put', 'real.bin', '--name', 'a/real.bin', '--json'], { cwd: folder });
    expect(conformLines('put', output.toString())[0]).toMatchObject({ name: 'a/real.bin', bytes: bytes.length });
    for (const { url } of organism.whole.nodes) {
      const got = await organism.run(['get', 'a/real.bin', '-o', '-', '--at', url]);
      expect([got.code, got.messages]).toEqual([0, '']);
      expect(got.output.equals(bytes)).toBe(true);
    }
    expect(conform('file', await organism.json(['stat', 'a/real.bin']))).toMatchObject({ bytes: bytes.length });
    expect(conform('ls', await organism.json(['ls', 'a/']))).toMatchObject({ next: null });
    expect(conform('verify', await organism.json(['verify', 'a/real.bin']))).toMatchObject({ ok: true, missing: [] });
    expect(conform('rm', await organism.json(['rm', 'a/real.bin']))).toMatchObject({ removed: true });
    expect((await organism.run(['stat', 'a/real.bin'])).code).toBe(1);
  });

  it('takes standard input and gives it back', async () => {
    await organism.run(['put', '-', '--name', 'note'], { input: 'a note' });
    expect((await organism.run(['get', 'note', '-o', '-'])).output.toString()).toBe('a note');
  });

  it('merges the logs of its nodes', async () => {
    const lines = conformLines<{ name: string; time: string }>(
      'logs',
      (await organism.run(['logs', '--json'])).output.toString(),
    );
    expect(new Set(lines.map(({ name }) => name))).toEqual(new Set(['node-1', 'node-2', 'node-3']));
    expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).sort());
  });

  it('lets no second supervisor at its data', async () => {
    const { code, messages } = await run(['up', '--data', organism.data]);
    expect(code).toBe(1);
    expect(messages).toContain(`process ${organism.supervisor.pid}`);
  });

  it('halts by Ctrl-C with exit code 0, and comes back with its files', async () => {
    expect(await organism.halt()).toEqual({ code: 0, signal: null });
    for (const { pid } of organism.whole.nodes) expect(isAlive(pid)).toBe(false);
    const before = organism.whole.nodes.map(({ id, url }) => [id, url]);
    organism = await Organism.up({ data: organism.data });
    expect(organism.whole.nodes.map(({ id, url }) => [id, url])).toEqual(before);
    expect((await organism.run(['get', 'note', '-o', '-'])).output.toString()).toBe('a note');
  });

  it('does not outlive a supervisor that was killed', async () => {
    organism.supervisor.process.kill('SIGKILL');
    await Promise.all(organism.whole.nodes.map(({ pid }) => gone(pid)));
    organism = await Organism.up({ data: organism.data });
    expect((await organism.run(['get', 'note', '-o', '-'])).output.toString()).toBe('a note');
  });
});

describe('up in the background', () => {
  it('goes on until down, and starts a node again that was killed', async () => {
    const data = temporaryFolder();
    const up = conform<{ nodes: { pid: number; url: string }[] }>(
      'up',
      await runJson(['up', '--detach', '--nodes', '1', '--port', '0', '--data', data]),
    );
    try {
      const [node] = up.nodes;
      if (node === undefined) throw new Error('no node');
      process.kill(node.pid, 'SIGKILL');
      const pidNow = async (): Promise<number | undefined> => {
        const { code, output } = await run(['status', '--json', '--data', data]);
        return code === 0 ? ((JSON.parse(output.toString()) as OrganismStatus).nodes[0]?.pid ?? undefined) : undefined;
      };
      let pid: number | undefined;
      while (pid === undefined) pid = await pidNow();
      expect(pid).not.toBe(node.pid);
    } finally {
      const down = conform<{ stopped: boolean }>('down', await runJson(['down', '--data', data]));
      expect(down.stopped).toBe(true);
    }
    expect(conform('down', await runJson(['down', '--data', data]))).toEqual({ stopped: false, pid: null });
    rmSync(data, { recursive: true });
  });
});

describe('what goes wrong', () => {
  it('is a port in use: it is named, and nothing is left running', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const data = temporaryFolder();
    const { code, messages } = await run(['up', '--nodes', '1', '--port', String(port), '--data', data, '--json']);
    server.close();
    expect(code).toBe(1);
    expect(conform<{ error: { code: string; detail: string } }>('error', JSON.parse(messages)).error).toMatchObject({
      code: 'port-in-use',
      detail: expect.stringContaining(String(port)),
    });
    rmSync(data, { recursive: true });
  });

  it('is a node that cannot start: up says which and why, and ends the others', async () => {
    const data = temporaryFolder();
    writeFileSync(join(data, 'node-1'), 'in the way');
    const { code, messages } = await run(['up', '--nodes', '2', '--port', '0', '--data', data]);
    expect(code).not.toBe(0);
    expect(messages).toContain('node-1 did not start');
    rmSync(data, { recursive: true });
  });
});

describe('a node on its own', () => {
  it('founds an organism, is found by its folder, and pauses by SIGTERM with exit code 0', async () => {
    const data = temporaryFolder();
    const node = start(['node', '--data', data, '--port', '0', '--json']);
    try {
      conform('node', await node.event<{ event: 'placed' }>('placed'));
      for (const line of conformLines('node', node.output().toString())) expect(line.id).toMatch(/^[a-z2-7]{52}$/);
      await run(['put', '-', '--name', 'x', '--data', data], { input: 'alone' });
      expect((await run(['get', 'x', '-o', '-', '--data', data])).output.toString()).toBe('alone');
      const { token } = conform<{ token: string }>('invite', await runJson(['invite', '--data', data]));
      expect(token.length).toBeGreaterThan(50);
      expect((await run(['up', '--data', data])).messages).toContain('Another process uses');
      node.process.kill('SIGTERM');
      expect(await node.ended).toEqual({ code: 0, signal: null });
      const up = await run(['up', '--data', data]);
      expect([up.code, up.messages]).toEqual([2, expect.stringContaining('peertree node')]);
    } finally {
      node.process.kill('SIGKILL');
      await node.ended;
    }
    rmSync(data, { recursive: true });
  });

  it('finishes the put that is under way when it is told to pause', async () => {
    const data = temporaryFolder();
    const node = start(['node', '--data', data, '--port', '0', '--json']);
    try {
      await node.event('placed');
      const half = randomBytes(2_000_000);
      const put = start(['put', '-', '--name', 'x', '--data', data, '--json']);
      put.process.stdin?.write(half);
      // The node has taken the first of it once it has stored a shard.
      const stored = async (): Promise<number> =>
        (await runJson<OrganismStatus>(['status', '--data', data])).storage.shards;
      while ((await stored()) === 0);
      node.process.kill('SIGTERM');
      put.process.stdin?.end(half);
      expect(await put.ended).toEqual({ code: 0, signal: null });
      expect(await node.ended).toEqual({ code: 0, signal: null });
      expect(JSON.parse(put.output().toString())).toMatchObject({ name: 'x', bytes: 4_000_000 });
    } finally {
      node.process.kill('SIGKILL');
    }
    rmSync(data, { recursive: true });
  });

  it('comes back with the genomes that it began with, and refuses others before anything is changed', async () => {
    const data = temporaryFolder();
    const genome = (name: string): string => {
      const path = join(data, `${name}.genome.yaml`);
      writeFileSync(path, `genome: ${name}\nversion: 1.0.0\norgans: { shards: { kind: shards } }\n`);
      return path;
    };
    const alone = ['node', '--data', join(data, 'alone'), '--port', '0', '--json'];
    const treesOf = async (args: readonly string[]): Promise<string[]> => {
      const node = start(args);
      try {
        await node.event('placed');
        const { trees } = await runJson<OrganismStatus>(['status', '--data', join(data, 'alone')]);
        node.process.kill('SIGTERM');
        expect(await node.ended).toEqual({ code: 0, signal: null });
        return trees.map((tree) => tree.genome);
      } finally {
        node.process.kill('SIGKILL');
      }
    };
    expect(await treesOf([...alone, '--genome', genome('blobs')])).toEqual(['blobs']);
    expect(await treesOf(alone)).toEqual(['blobs']);
    const up = ['up', '--nodes', '1', '--port', '0', '--data', join(data, 'many'), '--detach'];
    await runJson([...up, '--genome', genome('blobs')]);
    await runJson(['down', '--data', join(data, 'many')]);
    for (const args of [alone, ['up', '--json', '--data', join(data, 'many')]]) {
      const { code, messages } = await run([...args, '--genome', genome('notes')]);
      expect([code, JSON.parse(messages).error.code]).toEqual([3, 'genome-invalid']);
      expect(JSON.parse(messages).error.detail).toContain("can't go on with notes (4 children per cell)");
    }
    const file = JSON.parse(readFileSync(join(data, 'many', 'organism.json'), 'utf8')) as { genomes: string[] };
    expect(file.genomes).toEqual([genome('blobs')]);
    rmSync(data, { recursive: true });
  });
});
