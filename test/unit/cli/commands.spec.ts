import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeOrganismFile } from '../../../src/cli/organism-file.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { Fault } from '../../../src/contract/errors.ts';
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
  cwd = mkdtempSync(join(tmpdir(), 'peertree-cli-'));
  mkdirSync(join(cwd, 'organism'));
  const dead = { name: 'node-1', id: idOf('dead'), url: 'https://127.0.0.1:1', port: 1, data: 'node-1' };
  const live = { name: 'node-2', id: node.id, url: node.url, port: node.port, data: 'node-2' };
  await writeOrganismFile(join(cwd, 'organism'), { v: 1, organism: idOf('organism'), nodes: [dead, live] });
  node.memory.stored.clear();
  node.memory.onRead = () => undefined;
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** Runs one command line; `exit` is its exit code. */
async function run(args: string[], terminal: Partial<Terminal> = {}) {
  const memory = memoryTerminal({ cwd, ...terminal });
  const exit = await runCli(args, memory);
  return { exit, output: memory.output(), messages: memory.messages(), bytes: memory.bytes() };
}

const write = (name: string, bytes: string | Buffer): void => writeFileSync(join(cwd, name), bytes);
const read = (name: string): Buffer => readFileSync(join(cwd, name));

describe('put', () => {
  it('stores a file under its own name, by the first node that is live', async () => {
    write('a.txt', 'hello');
    const { exit, output, messages } = await run(['put', 'a.txt', '--json']);
    expect([exit, messages]).toEqual([0, '']);
    const [line] = conformLines('put', output);
    expect(line).toMatchObject({ name: 'a.txt', bytes: 5, shards: 1 });
    expect(node.memory.stored.size).toBe(1);
  });

  it('stores each file below a folder, in order, under its path from there', async () => {
    mkdirSync(join(cwd, 'docs/deep'), { recursive: true });
    for (const name of ['b', 'a', 'deep/c']) write(`docs/${name}`, name);
    symlinkSync('a', join(cwd, 'docs/link'));
    const { output, messages } = await run(['put', 'docs', '--json']);
    expect(conformLines('put', output).map(({ name }) => name)).toEqual(['a', 'b', 'deep/c']);
    expect(messages).toMatch(/^left out: .*link is not a file\n$/);
    const prefixed = await run(['put', 'docs', '--name', 'v1/', '--json']);
    expect(conformLines('put', prefixed.output).map(({ name }) => name)).toEqual(['v1/a', 'v1/b', 'v1/deep/c']);
  });

  it('stores standard input, with a name or without', async () => {
    const named = await run(['put', '-', '--name', 'in', '--json'], { in: Readable.from([Buffer.from('x')]) });
    expect(conformLines('put', named.output)[0]).toMatchObject({ name: 'in', bytes: 1 });
    const nameless = await run(['put', '-', '--json'], { in: Readable.from([Buffer.from('y')]) });
    const [receipt] = conformLines('put', nameless.output);
    expect(receipt?.name).toBe(receipt?.id);
  });

  it('composes names that a Mac spells apart', async () => {
    write('e\u0301.txt', 'x');
    expect(conformLines('put', (await run(['put', 'e\u0301.txt', '--json'])).output)[0]?.name).toBe('\u00e9.txt');
  });

  it('fails with the code of the node, and says so', async () => {
    write('a', '1');
    await run(['put', 'a']);
    const taken = await run(['put', 'a', '--if-absent']);
    expect([taken.exit, taken.output]).toEqual([1, '']);
    expect(taken.messages).toBe("peertree: a: 'a' is taken\n");
    const json = await run(['put', 'a', '--if-absent', '--json']);
    expect(conform<{ error: { code: string } }>('error', JSON.parse(json.messages)).error.code).toBe('already-exists');
  });

  it('says what is not there', async () => {
    const { exit, messages } = await run(['put', 'nothing']);
    expect(exit).toBe(1);
    expect(messages).toMatch(/^peertree: .*nothing: there is no such file or folder\n$/);
  });
});

describe('get', () => {
  const bytes = Buffer.alloc(300_000, 'tree');
  beforeEach(async () => {
    write('source.bin', bytes);
    await run(['put', 'source.bin', '--name', 'some/where/a.bin']);
  });

  it('writes the verified bytes under the last part of the name', async () => {
    const { exit, output } = await run(['get', 'some/where/a.bin', '--json']);
    expect(exit).toBe(0);
    expect(conform('get', JSON.parse(output))).toMatchObject({ out: join(cwd, 'a.bin'), bytes: bytes.length });
    expect(read('a.bin').equals(bytes)).toBe(true);
    expect(readdirSync(cwd).sort()).toEqual(['a.bin', 'organism', 'source.bin']);
  });

  it('never overwrites without --force', async () => {
    write('mine', 'precious');
    const refused = await run(['get', 'some/where/a.bin', '-o', 'mine']);
    expect(refused.exit).toBe(1);
    expect(refused.messages).toContain('--force');
    expect(String(read('mine'))).toBe('precious');
    expect((await run(['get', 'some/where/a.bin', '-o', 'mine', '--force'])).exit).toBe(0);
    expect(read('mine').equals(bytes)).toBe(true);
  });

  it('writes into a folder', async () => {
    mkdirSync(join(cwd, 'into'));
    await run(['get', 'some/where/a.bin', '-o', 'into']);
    expect(read('into/a.bin').equals(bytes)).toBe(true);
  });

  it('streams to standard output', async () => {
    const { exit, bytes: streamed, messages } = await run(['get', 'some/where/a.bin', '-o', '-']);
    expect([exit, messages]).toEqual([0, '']);
    expect(streamed.equals(bytes)).toBe(true);
    expect((await run(['get', 'x', '-o', '-', '--json'])).exit).toBe(2);
  });

  it('leaves nothing behind when the bytes break off', async () => {
    node.memory.onRead = (offset) => {
      if (offset > 0) throw new Fault('corrupt');
    };
    const { exit, messages } = await run(['get', 'some/where/a.bin', '-o', 'out']);
    expect(exit).toBe(4);
    expect(messages).toMatch(/the connection broke after \d+ of 300000 bytes/);
    expect(readdirSync(cwd).sort()).toEqual(['organism', 'source.bin']);
  });

  it('refuses bytes that are not what the etag says, and leaves nothing behind', async () => {
    const [file] = node.memory.stored.values();
    if (file === undefined) throw new Error('nothing stored');
    node.memory.stored.set(file.info.id, { ...file, bytes: Buffer.from(file.bytes).fill('x', 0, 1) });
    const { exit, messages } = await run(['get', 'some/where/a.bin', '-o', 'out']);
    expect(exit).toBe(5);
    expect(messages).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(existsSync(join(cwd, 'out'))).toBe(false);
    expect(readdirSync(cwd).sort()).toEqual(['organism', 'source.bin']);
  });

  it('fails for what is not there', async () => {
    expect((await run(['get', 'nothing'])).exit).toBe(1);
  });
});

describe('ls, stat, rm and verify', () => {
  beforeEach(async () => {
    for (const name of ['b', 'a', 'c']) {
      write(name, name.repeat(2_000));
      await run(['put', name]);
    }
  });

  it('lists in one object', async () => {
    const listing = conform<{ files: { name: string }[]; next: null }>(
      'ls',
      JSON.parse((await run(['ls', '--json'])).output),
    );
    expect(listing.files.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const page = conform<{ files: object[]; next: string }>(
      'ls',
      JSON.parse((await run(['ls', '--limit', '2', '--json'])).output),
    );
    expect([page.files.length, page.next]).toEqual([2, 'b']);
    const empty = conform<{ files: object[] }>('ls', JSON.parse((await run(['ls', 'x', '--json'])).output));
    expect(empty.files).toEqual([]);
  });

  it('lists as a table, data on one stream and remarks on the other', async () => {
    const { output, messages } = await run(['ls', '--limit', '2']);
    expect(output).toBe(
      '    SIZE  STORED            VERSION  NAME\n' +
        '1.95 KiB  2026-01-02 03:04        1  a\n' +
        '1.95 KiB  2026-01-02 03:04        1  b\n',
    );
    expect(messages).toBe("there are more: --after 'b' goes on\n");
    expect((await run(['ls', 'x'])).messages).toBe('no files\n');
  });

  it('describes a file', async () => {
    const file = conform('file', JSON.parse((await run(['stat', 'a', '--json'])).output));
    expect(file).toMatchObject({ name: 'a', bytes: 2_000, version: 1 });
    expect((await run(['stat', 'a'])).output).toContain('size     1.95 KiB (2000 bytes)\n');
  });

  it('removes files', async () => {
    const { output } = await run(['rm', 'a', 'b', '--json']);
    expect(conformLines('rm', output).map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await run(['rm', 'a'])).exit).toBe(1);
    expect(node.memory.stored.size).toBe(1);
  });

  it('verifies, and ends with 5 where a file is not whole', async () => {
    const { exit, output } = await run(['verify', 'a', '--json']);
    expect(exit).toBe(0);
    expect(conform('verify', JSON.parse(output))).toMatchObject({ ok: true, copies: { good: 3, bad: 0 } });
    const { verify } = node.memory.files;
    const missing = ['f'.repeat(64)];
    node.memory.files.verify = async (name) => ({
      ...(await verify(name)),
      ok: false,
      copies: { good: 2, bad: 1 },
      missing,
    });
    const bad = await run(['verify', 'a', '--json']);
    node.memory.files.verify = verify;
    expect(bad.exit).toBe(5);
    expect(conform('verify', JSON.parse(bad.output))).toMatchObject({ ok: false, missing });
  });
});

describe('status, invite and leave', () => {
  it('shows the status as the node answers it', async () => {
    const { output } = await run(['status', '--json']);
    expect(conform('status', JSON.parse(output))).toEqual(node.memory.statusNow);
  });

  it('prints an invitation, alone on standard output', async () => {
    const { output, messages } = await run(['invite', '--uses', '3', '--expires', '10m']);
    expect(output).toBe('token-1\n');
    expect(messages).toContain(`--join ${node.url}`);
    expect(node.memory.calls.at(-1)).toBe('invite {"uses":3,"expiresInMs":600000}');
    conform('invite', JSON.parse((await run(['invite', '--json'])).output));
    expect((await run(['invite', '--expires', 'soon'])).exit).toBe(2);
    expect((await run(['invite', '--uses', '0'])).exit).toBe(2);
  });

  it('has exactly the named node leave', async () => {
    const unnamed = await run(['leave']);
    expect([unnamed.exit, unnamed.messages]).toEqual([2, expect.stringContaining('node-1, node-2')]);
    expect((await run(['leave', 'nod-2'])).messages).toContain("did you mean 'node-2'?");
    expect(node.memory.calls).not.toContain('leave');
    const { output } = await run(['leave', 'node-2', '--json']);
    expect(conform('leave', JSON.parse(output))).toEqual({ left: node.id });
    expect(node.memory.calls.at(-1)).toBe('leave');
  });
});

describe('which node', () => {
  it('says how to grow an organism where there is none', async () => {
    const { exit, messages } = await run(['ls', '--data', 'elsewhere']);
    expect(exit).toBe(4);
    expect(messages).toContain("'peertree up'");
  });

  it('says so when none answers', async () => {
    const dead = { name: 'node-1', id: idOf('dead'), url: 'https://127.0.0.1:1', port: 1, data: 'node-1' };
    await writeOrganismFile(join(cwd, 'organism'), { v: 1, organism: idOf('organism'), nodes: [dead] });
    const { exit, messages } = await run(['ls']);
    expect(exit).toBe(4);
    expect(messages).toContain('does not answer');
  });

  it('takes a listed node by --at, or by the environment', async () => {
    expect((await run(['ls', '--at', node.url])).exit).toBe(0);
    expect((await run(['ls'])).exit).toBe(0);
  });

  it('trusts no node that is not listed, shows its key, and takes it with --pin', async () => {
    await writeOrganismFile(join(cwd, 'organism'), { v: 1, organism: idOf('organism'), nodes: [] });
    const { exit, messages } = await run(['ls', '--at', node.url]);
    expect(exit).toBe(4);
    expect(messages).toContain(`--pin ${node.id}`);
    expect((await run(['ls', '--at', node.url, '--pin', node.id])).exit).toBe(0);
    expect((await run(['ls', '--at', node.url, '--pin', idOf('other')])).exit).toBe(4);
  });

  it('refuses an address that is not https', async () => {
    expect((await run(['ls', '--at', 'http://127.0.0.1:1'])).exit).toBe(2);
    expect((await run(['ls', '--at', 'nonsense'])).exit).toBe(2);
  });

  it('says what is wrong with organism.json', async () => {
    write('organism/organism.json', '{"v":2}');
    expect((await run(['ls'])).exit).toBe(1);
    write('organism/organism.json', '{"v":1}');
    expect((await run(['ls'])).exit).toBe(5);
  });
});
