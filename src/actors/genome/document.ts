import {
  Composer,
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { LIMITS } from '../../contract/limits.ts';
import type { Json } from '../../contract/words.ts';
import { type Position, type Problem, START } from './problems.ts';
import { offsetWithin, type ScalarStyle } from './scalar-text.ts';

/** Where in a value something is: the keys and indexes that lead to it. */
export type Path = readonly (string | number)[];

/** A genome file as text: its value, and where in the file each part of the value stands. */
export interface GenomeDocument {
  readonly value: Json;
  /** What makes the text unreadable, or reading it twice ambiguous. */
  readonly problems: readonly Problem[];
  /** Of a key, and of an element of a list. A path that the file doesn't have gives the place of what would hold it. */
  keyAt(path: Path): Position;
  valueAt(path: Path): Position;
  /** Of a character of a text, by its index in the value. */
  textAt(path: Path, index: number): Position;
  /** How the file spells a scalar: `1.0` is another number than `1` to whoever wrote it. */
  sourceOf(path: Path): string;
}

/** Keys that reach into the prototype of a JavaScript object where the reader is careless: nobody gets to try. */
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Place {
  readonly key: Position;
  readonly value: Position;
  /** Of a text: how the file spells it. */
  readonly scalar?: Scalar;
}

/**
 * Reads YAML 1.2 or JSON, its subset, with all that a hostile file could grow bounded beforehand: bytes, nesting, and
 * values counted as often as aliases repeat them.
 */
export function readGenomeDocument(text: string): GenomeDocument {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.genomeBytesMax) {
    return unreadable(START, `a genome file has at most ${LIMITS.genomeBytesMax} bytes, this one has ${bytes}`);
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = offsetBeyondDepth(tokens);
  if (tooDeep !== undefined) return unreadable(at(tooDeep), `nested more than ${LIMITS.genomeDepthMax} levels deep`);

  const [document, second] = [...new Composer(COMPOSER_OPTIONS).compose(tokens, true, text.length)];
  if (document === undefined) return unreadable(START, 'the file is empty');
  if (second !== undefined) return unreadable(at(second.range[0]), 'a genome file holds one document');
  const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    at: at(pos[0]),
    text: message,
  }));
  return syntax.length > 0 ? { ...unreadable(START, ''), problems: syntax } : new Reading(document, text, at).result();
}

const COMPOSER_OPTIONS = {
  version: '1.2',
  schema: 'core',
  // Its own check compares each key with every other; ours is linear and names the place of the first.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/**
 * The library's composer recurses, and a deep enough text ends the process without an exception that could be caught
 * (a regular expression runs out of memory): its flat tokens are measured first.
 */
function offsetBeyondDepth(tokens: readonly CST.Token[]): number | undefined {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.genomeDepthMax) return level[0]?.offset;
    level = level.flatMap(partsOf);
  }
  return undefined;
}

function partsOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!CST.isCollection(token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((part) => part !== undefined && part !== null));
}

function unreadable(at: Position, text: string): GenomeDocument {
  const nowhere = (): Position => START;
  return {
    value: null,
    problems: [{ at, text }],
    keyAt: nowhere,
    valueAt: nowhere,
    textAt: nowhere,
    sourceOf: () => '',
  };
}

/** A path as one text. */
function keyOf(path: Path): string {
  return path.map((part) => `\u0000${part}`).join('');
}

/** One walk over the parsed nodes that makes the plain value and remembers where each part of it stands. */
class Reading {
  readonly #document: Document;
  readonly #text: string;
  readonly #at: (offset: number) => Position;
  readonly #places = new Map<string, Place>();
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #problems: Problem[] = [];
  #values = 0;

  constructor(document: Document, text: string, at: (offset: number) => Position) {
    this.#document = document;
    this.#text = text;
    this.#at = at;
  }

  result(): GenomeDocument {
    const root = this.#document.contents;
    const start = root === null ? START : this.#start(root);
    this.#places.set(keyOf([]), { key: start, value: start });
    const value = root === null ? null : this.#value(root, []);
    return {
      value,
      problems: this.#problems,
      keyAt: (path) => this.#place(path, 'key'),
      valueAt: (path) => this.#place(path, 'value'),
      textAt: (path, index) => this.#textAt(path, index),
      sourceOf: (path) => this.#places.get(keyOf(path))?.scalar?.source ?? '',
    };
  }

  #place(path: Path, part: 'key' | 'value'): Position {
    const place = this.#places.get(keyOf(path));
    if (place !== undefined) return place[part];
    return path.length === 0 ? START : this.#place(path.slice(0, -1), part);
  }

  #textAt(path: Path, index: number): Position {
    const scalar = this.#places.get(keyOf(path))?.scalar;
    if (scalar === undefined || typeof scalar.value !== 'string') return this.#place(path, 'value');
    const [start = 0, end = start] = scalar.range ?? [];
    const source = this.#text.slice(start, end);
    return this.#at(start + offsetWithin(source, scalar.type as ScalarStyle, scalar.value, index));
  }

  #start(node: Node): Position {
    return this.#at(node.range?.[0] ?? 0);
  }

  #value(node: Node, path: Path): Json {
    this.#values += 1;
    if (this.#values > LIMITS.genomeValuesMax) return this.#tooMany(node);
    if (isAlias(node)) return this.#aliased(this.#anchors.get(node.source), node, path);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return this.#list(node, path);
    return isScalar(node) ? this.#scalar(node.value, node) : null;
  }

  #tooMany(node: Node): null {
    if (this.#values === LIMITS.genomeValuesMax + 1) {
      this.#problem(node, `more than ${LIMITS.genomeValuesMax} values, counting what aliases repeat`);
    }
    return null;
  }

  #aliased(target: Node | undefined, alias: Node, path: Path): Json {
    if (target !== undefined && !this.#open.has(target)) return this.#value(target, path);
    this.#problem(
      alias,
      target === undefined ? 'alias of an anchor that was not set before' : 'alias of what it is in',
    );
    return null;
  }

  #map(map: YAMLMap, path: Path): Json {
    const entries: Record<string, Json> = {};
    this.#open.add(map);
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      const name = this.#key(key, entries);
      if (name === undefined) continue;
      const here = this.#start(key);
      this.#remember([...path, name], here, value);
      entries[name] = value === null ? null : this.#value(value, [...path, name]);
    }
    this.#open.delete(map);
    return entries;
  }

  #remember(path: Path, key: Position, node: Node | null): void {
    const value = node === null ? key : this.#start(node);
    this.#places.set(keyOf(path), { key, value, ...(isScalar(node) ? { scalar: node } : {}) });
  }

  #key(key: Node, entries: { readonly [name: string]: Json }): string | undefined {
    const name = isScalar(key) ? key.value : undefined;
    if (typeof name !== 'string') this.#problem(key, 'a key must be text; put it in quotes');
    else if (PROTOTYPE_KEYS.has(name)) this.#problem(key, `'${name}' can't be used as a name`);
    else if (Object.hasOwn(entries, name)) this.#problem(key, `'${name}' is given twice`);
    else return name;
    return undefined;
  }

  #list(list: YAMLSeq, path: Path): Json {
    this.#open.add(list);
    const items = (list.items as Node[]).map((item, index) => {
      this.#remember([...path, index], this.#start(item), item);
      return this.#value(item, [...path, index]);
    });
    this.#open.delete(list);
    return items;
  }

  /** Infinity and NaN have no place in canonical JSON. */
  #scalar(value: unknown, node: Node): Json {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.#problem(node, `'${String(value)}' is neither text nor a finite number`);
    return null;
  }

  #problem(node: Node, text: string): void {
    this.#problems.push({ at: this.#start(node), text });
  }
}
