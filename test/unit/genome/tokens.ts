import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar } from 'yaml';

/** The words of a genome file, as the tests misspell them one by one. */
export interface Token {
  readonly file: string;
  /** Of the word in the file's text. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly word: string;
  /** The keys that lead to where it stands, joined by dots; indexes are left out. */
  readonly path: string;
  /** Whether it is (in) a key, a plain text, or an expression. */
  readonly part: 'key' | 'text' | 'expression';
  /** The whole scalar that it is in. */
  readonly whole: string;
}

/** Where expressions stand; `reply` and `with` may be maps of them. */
const EXPRESSIONS = [
  /[.]key$/,
  /[.]guard$/,
  /[.]assign[.][^.]+$/,
  /[.]reply([.][^.]+)?$/,
  /[.]with([.][^.]+)?$/,
  /[.]delays[.][^.]+$/,
];

/** Every word of a file but those of comments. */
export function tokensOf(file: string, text: string): Token[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const tokens: Token[] = [];
  const add = (scalar: Scalar, path: string, part: Token['part']): void => {
    const [start = 0, end = start] = scalar.range ?? [];
    const source = text.slice(start, end);
    for (const match of wordsOf(source, part)) {
      const offset = start + match.index;
      const { line, col } = lines.linePos(offset);
      tokens.push({ file, offset, line, column: col, word: match[0], path, part, whole: String(scalar.value) });
    }
  };
  const enter = (node: unknown, path: string): void => {
    if (isScalar(node) && typeof node.value === 'string') {
      add(node, path, EXPRESSIONS.some((pattern) => pattern.test(path)) ? 'expression' : 'text');
    }
    if (isSeq(node)) for (const item of node.items) enter(item, path);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const below = path === '' ? String((key as Scalar).value) : `${path}.${(key as Scalar).value}`;
      add(key as Scalar, below, 'key');
      enter(value, below);
    }
  };
  enter(document.contents, '');
  return tokens;
}

/** Names; of an expression also the texts in it, without the texts' own words. A quantity counts by its units. */
function wordsOf(source: string, part: Token['part']): RegExpExecArray[] {
  if (part === 'expression') return [...source.matchAll(/(?<=")[a-z]+(?=")|(?<!["\w])[A-Za-z_]\w*(?!")/g)];
  if (/^['"]?\d/.test(source)) return [...source.matchAll(/[A-Za-z]+/g)];
  if (/^['"]?[/]/.test(source)) return [...source.matchAll(/(?<=[{])\w+(?=[}])/g)];
  return [...source.matchAll(/[A-Za-z$_]\w*/g)];
}

/** A letter too many, a letter left out, two letters swapped: where the word is long enough to be known by it. */
export function misspellings(word: string): string[] {
  const middle = Math.floor(word.length / 2);
  const letter = word[middle] ?? '';
  const doubled = word.slice(0, middle) + letter + word.slice(middle);
  if (word.length < 3) return [doubled];
  const dropped = word.slice(0, middle) + word.slice(middle + 1);
  const swapped = word.slice(0, middle - 1) + letter + word[middle - 1] + word.slice(middle + 1);
  return [doubled, dropped, ...(letter === word[middle - 1] ? [] : [swapped])];
}
