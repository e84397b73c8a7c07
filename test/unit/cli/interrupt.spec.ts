import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeOrganismFile } from '../../../src/cli/organism-file.ts';
import { runCli } from '../../../src/cli/program.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';
import { idOf } from '../../twins/memory-node.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';

const MIB = 1024 * 1024;

let node: HttpsNode;
let cwd: string;

beforeAll(async () => {
  node = await httpsNode();
});
afterAll(() => node.close());
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'peertree-interrupt-'));
  mkdirSync(join(cwd, 'organism'));
  const listed = { name: 'node-1', id: node.id, url: node.url, port: node.port, data: 'node-1' };
  await writeOrganismFile(join(cwd, 'organism'), { v: 1, organism: idOf('organism'), nodes: [listed] });
  node.memory.stored.clear();
  node.memory.onWrite = () => undefined;
  node.memory.onRead = () => undefined;
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Ctrl-C, as the process hears it. */
function interrupt(): void {
  process.emit('SIGINT');
}

async function run(...args: string[]) {
  const terminal = memoryTerminal({ cwd });
  const exit = await runCli(args, terminal);
  return { exit, messages: terminal.messages() };
}

describe('Ctrl-C', () => {
  it('in a put of a file: nothing is visible, and it says how to go on', async () => {
    writeFileSync(join(cwd, 'big'), Buffer.alloc(4 * MIB));
    node.memory.onWrite = interrupt;
    const { exit, messages } = await run('put', 'big');
    expect(exit).toBe(130);
    expect(messages).toMatch(
      /^peertree: interrupted: 0 files are stored; of big, .* of 4\.00 MiB had been sent, and nothing of it is visible\./,
    );
    expect(messages).toContain('To go on: peertree put big\n');
    expect(node.memory.stored.size).toBe(0);
  });

  it('in a put of a folder: it says how many files are stored', async () => {
    mkdirSync(join(cwd, 'docs'));
    for (const name of ['a', 'b', 'c']) writeFileSync(join(cwd, 'docs', name), Buffer.alloc(4 * MIB));
    node.memory.onWrite = () => {
      if (node.memory.stored.size === 2) interrupt();
    };
    const { exit, messages } = await run('put', 'docs');
    expect(exit).toBe(130);
    expect(messages).toContain('interrupted: 2 files are stored; of c, ');
    expect(node.memory.stored.size).toBe(2);
  });

  it('in a put of standard input that goes on for ever', async () => {
    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(MIB);
      })(),
    );
    node.memory.onWrite = interrupt;
    const terminal = memoryTerminal({ cwd, in: endless });
    expect(await runCli(['put', '-', '--name', 'x'], terminal)).toBe(130);
    expect(terminal.messages()).toContain('same input');
  });

  it('in a get: nothing is written, and it says how to go on', async () => {
    writeFileSync(join(cwd, 'big'), Buffer.alloc(4 * MIB));
    await run('put', 'big');
    node.memory.onRead = (offset) => {
      if (offset === MIB) interrupt();
    };
    const { exit, messages } = await run('get', 'big', '-o', 'out');
    expect(exit).toBe(130);
    expect(messages).toMatch(
      /interrupted: .* of 4\.00 MiB had come; nothing was written to .*out\.\nTo go on: peertree get big\n$/,
    );
    expect(readdirSync(cwd).sort()).toEqual(['big', 'organism']);
  });
});
