import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram, runCli } from '../../../src/cli/program.ts';
import { packageVersion } from '../../../src/cli/version.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';
import { conform } from './schemas.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'peertree-usage-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(...args: string[]) {
  const memory = memoryTerminal({ cwd });
  const exit = await runCli(args, memory);
  return { exit, output: memory.output(), messages: memory.messages() };
}

describe('usage', () => {
  it('shows its help to who asks for nothing', async () => {
    const { exit, output } = await run();
    expect(exit).toBe(0);
    expect(output).toMatch(/^Usage: peertree/);
  });

  const names = buildProgram(memoryTerminal()).commands.map((command) => command.name());

  it('has the commands that it promises', () => {
    expect(names).toEqual([
      'up',
      'down',
      'logs',
      'put',
      'get',
      'find',
      'ls',
      'stat',
      'rm',
      'remember',
      'forget',
      'verify',
      'status',
      'letters',
      'node',
      'invite',
      'leave',
      'revoke',
      'promote',
      'conflicts',
      'restore',
      'key',
      'genome',
      'passport',
      'shell',
      'simulate',
      'version',
    ]);
  });

  it.each([...names, 'key export', 'genome check', 'letters replay'])(
    'explains %s on standard output',
    async (name) => {
      const { exit, output, messages } = await run(...name.split(' '), '--help');
      expect([exit, messages]).toEqual([0, '']);
      expect(output).toContain(`Usage: peertree ${name}`);
    },
  );

  it.each([
    ...names.filter((name) => !['key', 'genome', 'passport', 'letters', 'shell'].includes(name)),
    'key export',
    'genome check',
    'genome test',
    'passport new',
    'letters ls',
    'shell send',
  ])('gives %s a --json', async (name) => {
    expect((await run(...name.split(' '), '--help')).output).toContain('--json');
  });

  it.each([
    [['statsu'], 'Did you mean status?'],
    [['ls', '--josn'], 'Did you mean --json?'],
    [['put'], "missing required argument 'path'"],
    [['up', '--nodes', '0'], 'a whole number from 1 to 64'],
    [['up', '--nodes', '65'], 'a whole number from 1 to 64'],
    [['up', '--port', '65536'], 'a whole number from 0 to 65535'],
    [['up', 'extra'], 'too many arguments'],
    [['node', '--preset', 'moon'], 'local, lan, wan'],
    [['ls', '--limit', '1.5'], 'a whole number'],
  ])('ends %j with 2 and says why', async (args, why) => {
    const { exit, output, messages } = await run(...args);
    expect([exit, output]).toEqual([2, '']);
    expect(messages).toMatch(/^peertree: /);
    expect(messages).toContain(why);
  });

  it('prints its version', async () => {
    expect((await run('--version')).output).toBe(`${packageVersion()}\n`);
    expect(conform('version', JSON.parse((await run('version', '--json')).output))).toMatchObject({
      version: packageVersion(),
    });
  });
});

describe('genome check', () => {
  const shipped = new URL('../../../genomes/shardTree.genome.yaml', import.meta.url).pathname;

  it('says that a genome is valid', async () => {
    const { exit, output } = await run('genome', 'check', shipped, '--json');
    expect(exit).toBe(0);
    expect(conform('genome-check', JSON.parse(output))).toMatchObject({ genome: 'shardTree', valid: true });
  });

  it('names file, line and column, and ends with 3', async () => {
    writeFileSync(join(cwd, 'bad.yaml'), 'genome: x\nverison: 1.0.0\n');
    const { exit, messages } = await run('genome', 'check', join(cwd, 'bad.yaml'));
    expect(exit).toBe(3);
    expect(messages).toMatch(/bad\.yaml:\d+:\d+: /);
  });
});

describe('key export', () => {
  it("copies the founder's key of the organism to a file that only its owner reads, and over none", async () => {
    const { openOperatorKey } = await import('../../../src/runtime/operator-key.ts');
    mkdirSync(join(cwd, 'organism'));
    const pem = await openOperatorKey(join(cwd, 'organism'));
    expect((await run('key', 'export')).output).toBe(pem);
    conform('key-export', JSON.parse((await run('key', 'export', '--json')).output));
    const { exit, output } = await run('key', 'export', '--out', 'copy.pem', '--json');
    expect(exit).toBe(0);
    conform('key-export', JSON.parse(output));
    expect(statSync(join(cwd, 'copy.pem')).mode & 0o777).toBe(0o600);
    expect((await run('key', 'export', '--out', 'copy.pem')).exit).toBe(1);
    expect((await run('key', 'export', '--data', 'elsewhere')).exit).toBe(1);
  });
});

describe('down', () => {
  it('is content where nothing runs', async () => {
    const { exit, output } = await run('down', '--json');
    expect(exit).toBe(0);
    expect(conform('down', JSON.parse(output))).toEqual({ stopped: false, pid: null });
  });
});
