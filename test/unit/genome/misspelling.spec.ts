import { describe, expect, it } from 'vitest';
import { isMap, isScalar, LineCounter, parseDocument, type Scalar } from 'yaml';
import { problemsWith, SHIPPED } from './genome-files.ts';

/** A word of a file that must be right: a keyword, a reference or a unit. */
interface Token {
  readonly file: string;
  readonly offset: number;
  readonly line: number;
  readonly word: string;
  /** What the message must offer: the word, or the whole value that it is a part of. */
  readonly offered: string;
}

/** Words that are their author's to choose. Declarations have tests of their own below. */
const FREE = [/^genome$/, /^version$/, /^summary$/, /^organs[.][^.]+$/, /^receptors[.][^.]+$/];

/** Every scalar of a file with the path of the value it is or names. */
function scalarsOf(text: string): { path: string; part: 'key' | 'value'; scalar: Scalar }[] {
  const found: { path: string; part: 'key' | 'value'; scalar: Scalar }[] = [];
  const enter = (node: unknown, path: string): void => {
    if (isScalar(node)) found.push({ path, part: 'value', scalar: node });
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const below = `${path}${path === '' ? '' : '.'}${(key as Scalar).value}`;
      found.push({ path: below, part: 'key', scalar: key as Scalar });
      enter(value, below);
    }
  };
  enter(parseDocument(text).contents, '');
  return found;
}

/** The words within a scalar: a path counts by its parameters, a quantity by its units, anything else by its names. */
function wordsOf(text: string): RegExpMatchArray[] {
  if (text.includes('/') && text.includes('{')) return [...text.matchAll(/(?<=[{])[^}]+/g)];
  if (text.startsWith('/')) return [];
  if (/^[0-9]/.test(text)) return [...text.matchAll(/[A-Za-z]+/g)];
  return [...text.matchAll(/[^.]+/g)];
}

function tokensOf(file: string, text: string): Token[] {
  const lines = new LineCounter();
  parseDocument(text, { lineCounter: lines });
  return scalarsOf(text).flatMap(({ path, part, scalar }) => {
    const value = String(scalar.value);
    const isFree = FREE.some((pattern) => pattern.test(path)) && (part === 'value' || path.includes('.'));
    if (isFree || typeof scalar.value === 'number') return [];
    const start = (scalar.range?.[0] ?? 0) + (scalar.type === 'QUOTE_SINGLE' ? 1 : 0);
    return wordsOf(value).map((match) => {
      const [word] = match;
      const offered = value.startsWith('/') ? `{${word}}` : value;
      return { file, word, offered, offset: start + (match.index ?? 0), line: lines.linePos(start).line };
    });
  });
}

/** A letter too many, a letter left out, two letters swapped: where the word is long enough to be known by it. */
function misspellings(word: string): string[] {
  const middle = Math.floor(word.length / 2);
  const letter = word[middle] ?? '';
  const doubled = word.slice(0, middle) + letter + word.slice(middle);
  const dropped = word.slice(0, middle) + word.slice(middle + 1);
  const swapped = word.slice(0, middle - 1) + letter + word[middle - 1] + word.slice(middle + 1);
  const quantity = /^(ms|s)$/.test(word);
  if (quantity) return [doubled];
  return [doubled, ...(word.length > 2 ? [dropped] : []), ...(letter === word[middle - 1] ? [] : [swapped])];
}

const tokens = [...SHIPPED].flatMap(([file, text]) => tokensOf(file, text));

describe('a misspelled word of a shipped genome', () => {
  it('is looked for in every keyword, reference and unit', () => {
    const words = new Set(tokens.map(({ word }) => word));
    const expected = ['genome', 'fanout', 'organs', 'kind', 'shards', 'files', 'uses', 'shardTree', 'copies', 'sha256'];
    expect([...words]).toEqual(
      expect.arrayContaining([...expected, 'to', 'put', 'one_for_one', 'MiB', 'ms', 'mailbox']),
    );
    expect(words).not.toContain('statShard');
    expect(tokens.length).toBeGreaterThan(80);
  });

  it.each(tokens)(
    '$file:$line $word: fails there and offers $offered',
    async ({ file, offset, line, word, offered }) => {
      const text = SHIPPED.get(file) ?? '';
      expect(text.slice(offset, offset + word.length)).toBe(word);
      for (const wrong of misspellings(word)) {
        const problems = await problemsWith(file, text.slice(0, offset) + wrong + text.slice(offset + word.length));
        const there = problems.filter((problem) => problem.startsWith(`${file}:${line}:`));
        expect(there.join('\n'), `${word} -> ${wrong}: ${problems.join('\n')}`).toContain(
          `(did you mean '${offered}'?)`,
        );
      }
    },
  );
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
