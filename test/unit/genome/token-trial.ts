import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileDocument } from '../../../src/actors/genome/compiler/compile.ts';
import { readGenomeDocument } from '../../../src/actors/genome/document.ts';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import type { Problem } from '../../../src/actors/genome/problems.ts';
import { editDistance } from '../../../src/contract/nearest.ts';
import { misspellings, type Token, tokensOf } from './tokens.ts';

/**
 * Words that are their author's to choose, and that others outside of the file know the cell type by: its name, its
 * receptors, what it answers and what its messages, records and jobs have. Each is a pattern of path and part.
 */
const PUBLIC = [
  /^(genome|version|summary) text$/,
  /[.]summary text$/,
  /^receptors[.]\w+ key$/,
  /[.]reply[.]\w+ key$/,
  // What a test is called, who asks in it, and the values that it asks with and waits for: these only its run can tell.
  /^tests[.]\w+ key$/,
  /^tests[.]\w+[.]steps[.]as text$/,
  /^tests[.]\w+[.]steps[.](with|answers)[.].* (text|expression)$/,
];

/** Words of the grammar of expressions: what is left of one is a syntax error at its place. */
const GRAMMATICAL = new Set(['in', 'true', 'false']);

/** All that is wrong with a text. */
export function problemsOfText(text: string, file: string): readonly Problem[] {
  const compilation = compileDocument(readGenomeDocument(text), file);
  return 'problems' in compilation ? compilation.problems : [];
}

/** Whether a problem offers the word, or one that is as near to what stands there. */
function offers({ meant }: Problem, word: string, wrong: string): boolean {
  if (meant === undefined) return false;
  // A quantity counts by its unit.
  const words = [...(meant.match(/\w+/g) ?? []), ...(meant.match(/[A-Za-z]+/g) ?? [])];
  return words.some((offered) => offered === word || editDistance(offered, wrong) <= editDistance(word, wrong));
}

/** Why a misspelt word is not told as it should be; undefined where it is. */
function untold(token: Token, wrong: string, problems: readonly Problem[]): string | undefined {
  const { word, line, column, part } = token;
  const here = problems.filter(({ at }) => at.line === line);
  if (here.some((problem) => offers(problem, word, wrong))) return undefined;
  if (part === 'expression' && GRAMMATICAL.has(word) && here.length > 0) return undefined;
  // A declaration: where it is used it is missing, and the message says where it stands.
  if (problems.some(({ text }) => text.includes(`declared at ${line}:${column}`))) return undefined;
  if (problems.some((problem) => problem.at.line === line && problem.meant === wrong)) return undefined;
  const told = problems.slice(0, 3).map(({ at, text, meant }) => `${at.line}:${at.column} ${text} (${meant})`);
  return `${line}:${column} ${token.path} ${part}: ${word} -> ${wrong}: ${told.join(' | ') || 'accepted'}`;
}

/**
 * Misspells every word of a genome in turn. `free` are its own public names besides those of every genome, as patterns
 * of path and part. `share` is the part of the words that is tried, of how many: a long file is tried by several specs.
 */
export function tryTokens(
  path: string,
  free: readonly RegExp[],
  least: number,
  share: readonly [part: number, of: number] = [0, 1],
): void {
  const text = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  const tokens = tokensOf(path, text).filter((token) => {
    return ![...PUBLIC, ...free].some((pattern) => pattern.test(`${token.path} ${token.part}`));
  });

  describe(`a misspelt word of ${path}`, () => {
    beforeAll(loadEngine);

    it('is tried for every keyword, reference and declaration', () => {
      expect(problemsOfText(text, path)).toEqual([]);
      expect(tokens.length).toBeGreaterThan(least);
    });

    it('fails at its line with the right word offered, or at its use with its place', { timeout: 60_000 }, () => {
      const [part, of] = share;
      const found = tokens.map((token, index) => {
        if (index % of !== part) return undefined;
        const { offset, word } = token;
        expect(text.slice(offset, offset + word.length)).toBe(word);
        // Each kind of slip has its turn.
        const wrongs = misspellings(word);
        const wrong = wrongs[Math.floor(index / of) % wrongs.length] ?? `${word}x`;
        return untold(
          token,
          wrong,
          problemsOfText(text.slice(0, offset) + wrong + text.slice(offset + word.length), path),
        );
      });
      expect(found.filter((says) => says !== undefined)).toEqual([]);
    });
  });
}
