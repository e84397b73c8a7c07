import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeOrganismFile } from '../../../src/cli/organism-file.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { Store, Write } from '../../../src/contract/ports.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { bumpIncarnation } from '../../../src/runtime/incarnation.ts';
import { openOperatorKey } from '../../../src/runtime/operator-key.ts';
import { heedMark } from '../../../src/runtime/restored-folder.ts';
import { generateKeyPem } from '../../../src/runtime/signer/p256.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';
import { idOf } from '../../twins/memory-node.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';
import { conform, conformLines } from './schemas.ts';

let node: HttpsNode;
let cwd: string;

beforeAll(async () => {
  node = await httpsNode();
});
afterAll(() => node.close());
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'peertree-operator-'));
  const folder = join(cwd, 'organism');
  mkdirSync(join(folder, 'node-1'), { recursive: true });
  const listed = { name: 'node-1', id: node.id, url: node.url, port: node.port, data: 'node-1' };
  await writeOrganismFile(folder, { v: 1, organism: idOf('organism'), nodes: [listed] });
  await openOperatorKey(join(folder, 'node-1'));
  node.memory.sovereignNow = false;
  node.memory.calls.length = 0;
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(...args: string[]) {
  const memory = memoryTerminal({ cwd });
  const exit = await runCli(args, memory);
  return { exit, output: memory.output(), messages: memory.messages() };
}

describe('promote', () => {
  it('only says what it would do without --force, and changes nothing', async () => {
    const { exit, output } = await run('promote');
    expect(exit).toBe(0);
    expect(output).toContain('--force would begin generation 2 from version 7');
    expect(output).toContain(idOf('gone'));
    expect(conform('promote', JSON.parse((await run('promote', '--json')).output))).toMatchObject({ promoted: null });
    expect(node.memory.calls).toEqual([]);
  });

  it("begins a new generation by the founder's key, or by one in a file", async () => {
    const { exit, output } = await run('promote', '--force');
    expect([exit, output]).toEqual([0, expect.stringMatching(/^generation 2 has begun/)]);
    writeFileSync(join(cwd, 'key.pem'), generateKeyPem());
    rmSync(join(cwd, 'organism/node-1'), { recursive: true });
    const done = await run('promote', '--force', '--key', 'key.pem', '--json');
    expect(conform('promote', JSON.parse(done.output))).toMatchObject({
      promoted: node.id,
      version: 8,
      keeps: [node.id],
    });
    expect(node.memory.calls).toHaveLength(2);
    expect(await run('promote', '--force')).toMatchObject({
      exit: 1,
      messages: expect.stringContaining('founding node'),
    });
  });

  it('is refused where a leader with a majority is within reach, unless told', async () => {
    node.memory.sovereignNow = true;
    const { exit, messages } = await run('promote', '--force');
    expect([exit, messages]).toEqual([1, expect.stringContaining('--despite-majority')]);
    expect(node.memory.calls).toEqual([]);
    expect((await run('promote', '--force', '--despite-majority')).exit).toBe(0);
    expect(node.memory.calls).toEqual(['promote {"despiteMajority":true}']);
  });
});

describe('revoke', () => {
  it('bars a node by its name or its id, signed by the organism', async () => {
    const { output } = await run('revoke', 'node-1', '--json');
    expect(conform('revoke', JSON.parse(output))).toEqual({ revoked: node.id });
    await run('revoke', idOf('stolen'));
    expect(node.memory.calls.map((call) => call.split(' ').slice(0, 2))).toEqual([
      ['revoke', node.id],
      ['revoke', idOf('stolen')],
    ]);
    expect((await run('revoke', 'nobody')).exit).toBe(2);
  });
});

describe('conflicts', () => {
  it('lists what was kept, a line each', async () => {
    const head = { name: 'a.txt', storedAt: '2026-01-01T00:00:00.000Z' };
    const kept = { genome: 'ftreeFileMgr', register: 'conflict:1-9:head:x', key: 'head:x', value: head };
    node.memory.conflictsNow = [kept, { ...kept, register: 'conflict:1-8:name:a', key: 'name:a', value: 1 }];
    expect(conformLines('conflicts', (await run('conflicts', '--json')).output)).toEqual(node.memory.conflictsNow);
    expect((await run('conflicts')).output.split('\n')[0]).toBe(
      'ftreeFileMgr  conflict:1-9:head:x  a.txt, stored 2026-01-01T00:00:00.000Z',
    );
  });
});

describe('restore', () => {
  it('marks a folder, whose next start abstains once the mark is on its disk, and counts on from far beyond', async () => {
    const folder = join(cwd, 'node');
    mkdirSync(folder);
    expect((await run('restore', '--data', 'node')).exit).toBe(1);
    writeFileSync(join(folder, 'key.pem'), generateKeyPem());
    expect(await bumpIncarnation(folder)).toBe(1);
    const { output } = await run('restore', '--data', 'node', '--json');
    expect(conform('restore', JSON.parse(output))).toEqual({ restored: folder, incarnation: 1 + 2 ** 20 });
    expect(await bumpIncarnation(folder)).toBe(2 + 2 ** 20);
    const disk = new MemoryDisk();
    const commit = async (writes: readonly Write[]): Promise<void> => disk.apply(writes);
    const store: Store = Object.assign(disk.open({ clock: new VirtualClock() }), { commit });
    expect(await heedMark(folder, store)).toBe(true);
    expect(store.get('meta', 'abstains')).toBe(true);
    expect(() => readFileSync(join(folder, 'restored'))).toThrow();
    expect(await heedMark(folder, store)).toBe(false);
  });
});
