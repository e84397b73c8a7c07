import { describe, expect, it } from 'vitest';
import { problemsWith, SHIPPED } from './genome-files.ts';

// Every word of each file alone is tried by the tokens specs; here are those that reach from one file into another.

describe('a misspelled reference of a shipped genome', () => {
  it('to another genome fails where it is, with its name offered', async () => {
    const text = (SHIPPED.get('ftreeFileMgr.genome.yaml') ?? '').replace('uses: shardTree', 'uses: shardTre');
    const line = text.split('\n').findIndex((row) => row.includes('uses: shardTre')) + 1;
    expect(await problemsWith('ftreeFileMgr.genome.yaml', text)).toEqual([
      `ftreeFileMgr.genome.yaml:${line}:11: there is no genome 'shardTre' (did you mean 'shardTree'?)`,
    ]);
  });
});

describe('a misspelled declaration of a shipped genome', () => {
  it('of an organ fails at each use and points to the declaration', async () => {
    const text = (SHIPPED.get('shardTree.genome.yaml') ?? '').replace('  shards:\n', '  shrds:\n');
    const declared = text.split('\n').indexOf('  shrds:') + 1;
    const problems = await problemsWith('shardTree.genome.yaml', text);
    expect(problems).toHaveLength(3);
    for (const problem of problems) {
      expect(problem).toMatch(
        new RegExp(
          `there is no organ 'shards'; 'shrds' is declared at ${declared}:3 [(]did you mean 'shrds[.][a-z]+'[?][)]$`,
        ),
      );
    }
  });

  it('of a genome fails where another one uses it', async () => {
    const text = (SHIPPED.get('shardTree.genome.yaml') ?? '').replace('genome: shardTree', 'genome: shardTre');
    expect(await problemsWith('shardTree.genome.yaml', text)).toEqual([
      expect.stringMatching(
        /^ftreeFileMgr[^:]*:\d+:11: there is no genome 'shardTree' [(]did you mean 'shardTre'[?][)]$/,
      ),
    ]);
  });
});

describe('a required field that is left out', () => {
  const without = (pattern: RegExp): string => (SHIPPED.get('ftreeFileMgr.genome.yaml') ?? '').replace(pattern, '');

  it.each([
    [/^genome: .*\n/m, "the genome lacks the field 'genome'"],
    [/^version: .*\n/m, "the genome lacks the field 'version'"],
    [/^ {4}kind: .*\n/m, "organs.maps lacks the field 'kind'"],
    [/^ {4}uses: .*\n/m, "organs.maps lacks the field 'uses'"],
    [/, to: maps[.]list/, "receptors.listFiles lacks the field 'to'"],
    [
      /get: [/]ftreeFileMgr[/]files, /,
      'receptors.listFiles needs exactly one of the fields get, head, put, post, delete',
    ],
  ])('%s fails at its parent', async (pattern, says) => {
    const text = without(pattern);
    const parent = says.split(' ')[0]?.split('.').at(-1) ?? '';
    const line = text
      .split('\n')
      .findIndex((row) => new RegExp(parent === 'the' ? '^[a-z]' : `^  ${parent}:`).test(row));
    const problems = await problemsWith('ftreeFileMgr.genome.yaml', text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^ftreeFileMgr.genome.yaml:${line + 1}:\\d+: `));
    expect(problems[0]).toContain(says);
  });
});
