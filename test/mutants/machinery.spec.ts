import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryTerminal } from '../twins/memory-terminal.ts';
import { MUTANTS } from './bank.ts';
import { bundleOf, programOf } from './bundle.ts';
import { readKills } from './kills.ts';
import { changesOf, type Mutant, mutate } from './mutant.ts';
import { RUN } from './trial.ts';

/** Mutants for which a seed is committed; the others are hunted by `npm run soak:mutants` alone until one is found. */
const KILLED_MIN = 24;

const mutantOf = (changes: Mutant['changes'], file = 'src/contract/units.ts'): Mutant => ({
  name: 'm',
  bug: 'B.',
  file,
  changes,
});

describe('a mutant', () => {
  it('changes what it names, once and to the letter', () => {
    expect(
      mutate(
        mutantOf([
          ['b', '$&x'],
          ['c', ''],
        ]),
        'src/contract/units.ts',
        'abc',
      ),
    ).toBe('a$&x');
  });

  it.each([
    ['occurs no longer', 'xyz', /m no longer applies: src\/contract\/units\.ts has 0 times\nb/],
    ['occurs twice', 'bab', /has 2 times/],
  ])('fails loudly where its text %s', (_what, source, message) => {
    expect(() => mutate(mutantOf([['b', '']]), 'src/contract/units.ts', source)).toThrow(message);
  });

  it('fails loudly where it applies no longer, while the source is read', async () => {
    await expect(bundleOf(mutantOf([['no such text anywhere', '']]))).rejects.toThrow('no longer applies');
  });

  it('fails loudly where it changes what the simulator does not use', async () => {
    await expect(bundleOf(mutantOf([], 'src/cli/main.ts'))).rejects.toThrow("which the simulator doesn't use");
  });
});

describe('the bank', () => {
  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('has %s, which applies', (name, mutant) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(mutant.bug).toMatch(/^[A-Z].*\.$/);
    for (const file of changesOf(mutant).keys()) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(mutate(mutant, file, source)).not.toBe(source);
    }
  });

  it('has killing seeds of mutants and of nothing else, and loses none of them', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(readKills())));
    expect(Object.keys(readKills()).length).toBeGreaterThanOrEqual(KILLED_MIN);
  });
});

describe('peertree simulate with a mutant switched on', () => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'peertree-mutant-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true }));

  const LIVENESS = new Set(['queues-run-empty', 'broadcasts-reach-all', 'slots-are-live-cells', 'one-sovereign-tree']);

  it.each([
    [11, 'correctness'],
    [10, 'liveness'],
  ] as const)(
    'exits with %i for a breach of %s, prints the trace, and leaves what runs it again',
    async (code, kind) => {
      const kills = Object.entries(readKills()).flatMap(([name, list]) => list.map((kill) => ({ name, ...kill })));
      const kill = kills.find(({ invariant }) => LIVENESS.has(invariant) === (kind === 'liveness'));
      const mutant = MUTANTS.find(({ name }) => name === kill?.name) as Mutant;
      const { runCli } = await programOf(mutant);
      const memory = memoryTerminal({ cwd });
      const { cells = RUN.cells, under: kinds } = mutant;
      const { simulate, writePlan } = await bundleOf(mutant);
      // The command draws from every kind of fault; this plan is drawn from those that the mutant names.
      const run = { ...RUN, cells, seed: kill?.seed ?? 0, ...(kinds === undefined ? {} : { kinds }) };
      writeFileSync(join(cwd, 'plan.json'), writePlan((await simulate(run)).plan));
      const args = [
        ...['--cells', `${cells}`, '--seed', `${kill?.seed}`, '--minutes', `${RUN.faultsMs / 60_000}`],
        ...['--faults', 'plan.json', '--no-shrink'],
      ];
      expect(await runCli(['simulate', ...args], memory)).toBe(code);
      expect(memory.output()).toMatch(/^broken: [a-z-]+\ntrace: [0-9a-f]{16}$/m);
      expect(memory.messages()).toMatch(
        /^again: peertree simulate --cells 6 --seed \d+ --minutes [\d.]+ --faults seed-\d+\.faults\.json$/m,
      );
      expect(readFileSync(join(cwd, `seed-${kill?.seed}.timeline.html`), 'utf8')).toContain('<svg');

      const [, command = ''] = /^again: peertree (.*)$/m.exec(memory.messages()) ?? [];
      const again = memoryTerminal({ cwd });
      expect(await runCli([...command.split(' '), '--no-shrink'], again)).toBe(code);
      expect(again.output().replace(/^seed.*$/m, '')).toBe(memory.output().replace(/^seed.*$/m, ''));
    },
    120_000,
  );
});
