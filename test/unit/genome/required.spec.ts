import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import { problemsOfText } from './token-trial.ts';

beforeAll(loadEngine);

const EXAMPLES = new URL('../../../examples/genomes/', import.meta.url);
const SHIPPED = new URL('../../../genomes/', import.meta.url);
const FILES = [EXAMPLES, SHIPPED].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => new URL(name, folder)),
);

/** What a genome can't be without, by the keys that lead there; a method counts as one of several. */
const REQUIRED = [
  /^(genome|version|organs)$/,
  /^organs[.]\w+[.](kind|key|machine|record|message|job|jobs|file|uses)$/,
  /^organs[.]clock[.]events$/,
  /[.]machine[.]states$/,
  /[.](machine|filling|lively|telling|hearing)[.]initial$/,
  /[.](emit|call)([.]\d+)?[.](to|answer|failure)$/,
  /^organs[.]\w+[.]jobs[.]\w+[.](to|every|cron)$/,
  /^receptors[.]\w+[.](to|get|head|put|post|delete)$/,
  /^types[.]\w+[.](type|fields)$/,
  /^organs[.]\w+[.]context[.]\w+[.](type|items|default)$/,
];

type Path = readonly (string | number)[];

/** Every field of a document that can't be left out. */
function requiredOf(document: Document.Parsed): Path[] {
  const found: Path[] = [];
  const enter = (node: unknown, path: Path): void => {
    if (isSeq(node)) for (const [index, item] of node.items.entries()) enter(item, [...path, index]);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const here = [...path, String(isScalar(key) ? key.value : key)];
      if (REQUIRED.some((pattern) => pattern.test(here.join('.')))) found.push(here);
      enter(value, here);
    }
  };
  enter(document.contents, []);
  return found;
}

/** The line of what a path names: of its key, or of itself in a list. */
function lineOf(text: string, path: Path): number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const last = path.at(-1);
  const owner = path.length === 0 ? document.contents : (document.getIn(path.slice(0, -1), true) as ParsedNode);
  const pair = isMap(owner) ? owner.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
  const node = path.length === 0 ? document.contents : (pair?.key ?? (document.getIn(path, true) as ParsedNode));
  return lines.linePos((node as ParsedNode).range[0]).line;
}

describe('a required field that is left out', () => {
  it.each(FILES.map((url) => [url.pathname.split('/').at(-1) ?? '', url] as const))(
    'of %s fails at what lacks it',
    { timeout: 60_000 },
    (name, url) => {
      const text = readFileSync(url, 'utf8');
      const whole = parseDocument(text);
      const paths = requiredOf(whole);
      expect(paths.length).toBeGreaterThanOrEqual(10);
      const missed = paths.flatMap((path) => {
        const document = whole.clone();
        document.deleteIn(path);
        const without = document.toString({ lineWidth: 0 });
        const parent = path.slice(0, -1);
        const problems = problemsOfText(without, name);
        const line = lineOf(without, parent);
        const field = String(path.at(-1));
        const told = problems.some(
          ({ at, text: says }) =>
            at.line === line &&
            (says.includes(`lacks the field '${field}'`) || says.includes('needs exactly one of the fields')),
        );
        const shown = problems.map(({ at, text: says }) => `${at.line}:${at.column} ${says}`);
        return told ? [] : [`${path.join('.')} (line ${line}): ${shown.slice(0, 3).join(' | ')}`];
      });
      expect(missed).toEqual([]);
    },
  );
});
