import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { memoryTerminal } from '../twins/memory-terminal.ts';
import { conform } from '../unit/cli/schemas.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'peertree-simulate-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const GENOME = fileURLToPath(new URL('../../genomes/shardTree.genome.yaml', import.meta.url));

async function simulate(...args: string[]) {
  const memory = memoryTerminal({ cwd });
  const exit = await runCli(['simulate', ...args], memory);
  return { exit, output: memory.output(), messages: memory.messages() };
}

const traceIn = (output: string): string => /^trace: ([0-9a-f]{16})$/m.exec(output)?.[1] ?? '';

describe('peertree simulate', () => {
  it('prints the same trace for the same command, another for another seed, and the rest for people', async () => {
    const args = [GENOME, '--cells', '6', '--minutes', '0.1'];
    const [first, again, other] = [
      await simulate(...args, '--seed', '7'),
      await simulate(...args, '--seed', '7'),
      await simulate(...args, '--seed', '8'),
    ];
    expect([first.exit, first.messages]).toEqual([0, '']);
    expect(first.output).toMatch(
      /^seed 7: 6 cells, 0\.1 min under \d+ faults?, .* operations acknowledged\nevery invariant held\n/,
    );
    expect(traceIn(first.output)).not.toBe('');
    expect(again.output).toBe(first.output);
    expect(traceIn(other.output)).not.toBe(traceIn(first.output));
  });

  it('prints one documented object with --json, and takes a plan from a file', async () => {
    writeFileSync(
      join(cwd, 'plan.yaml'),
      'faults:\n  - { at: 1s, for: 2s, kind: crash, node: 2 }\n  - { at: 2s, kind: isolate-root }\n',
    );
    const { exit, output } = await simulate('--cells', '5', '--minutes', '0.08', '--faults', 'plan.yaml', '--json');
    expect(exit).toBe(0);
    const summary = conform('simulate', JSON.parse(output));
    expect(summary).toMatchObject({ seed: 1, cells: 5, minutes: 0.08, violation: null, replay: null });
    expect(summary.faults).toEqual({ planned: 2, struck: expect.any(Number) });
  });

  it.each([
    [['--faults', 'none.yaml'], 1, /none\.yaml: there is no such file/],
    [['--minutes', '0'], 2, /a number of minutes/],
    [['--cells', '0'], 2, /whole number from 1/],
    [['--preset', 'moon'], 2, /local, lan, wan/],
    [['missing.genome.yaml'], 3, /missing\.genome\.yaml/],
  ])('says what is wrong with %j', async (args, code, message) => {
    const { exit, messages } = await simulate(...args);
    expect(messages).toMatch(message);
    expect(exit).toBe(code);
  });

  it('names the fault of a plan that is none', async () => {
    writeFileSync(join(cwd, 'bad.yaml'), 'faults: [{ at: 1s, kind: partitoin }]');
    const { exit, messages } = await simulate('--faults', 'bad.yaml');
    expect(messages).toBe(`peertree: bad.yaml: fault 1: there is no kind "partitoin" (did you mean 'partition'?)\n`);
    expect(exit).toBe(2);
  });
});
