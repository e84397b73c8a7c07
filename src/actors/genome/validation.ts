import { nearest } from '../../contract/nearest.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import type { GenomeDocument, Path } from './document.ts';
import type { Problem } from './problems.ts';
import { nearestQuantity } from './quantities.ts';
import {
  type ChoiceRule,
  type Described,
  type Grammar,
  isJsonMap,
  kindFor,
  kindOf,
  type ListRule,
  type NamesRule,
  type RecordRule,
  type RefRule,
  type Rule,
  resolveRule,
  type TextRule,
  type UnionRule,
  type WholeRule,
} from './rule.ts';

/** All that is wrong with the shape of a file, each with its place, one sentence, and the nearest right name. */
export function shapeProblems(document: GenomeDocument, grammar: Grammar): Problem[] {
  const validator = new Validator(document, grammar);
  validator.check(grammar.root, document.value, []);
  return validator.problems;
}

type Resolved = Exclude<Rule, RefRule>;

class Validator {
  readonly problems: Problem[] = [];
  readonly #document: GenomeDocument;
  readonly #grammar: Grammar;

  constructor(document: GenomeDocument, grammar: Grammar) {
    this.#document = document;
    this.#grammar = grammar;
  }

  check(given: Rule, value: Json, path: Path): void {
    const rule = resolveRule(given, this.#grammar);
    if (rule.rule === 'union') {
      this.#union(rule, value, path);
      return;
    }
    const kind = kindFor(rule);
    if (kind !== undefined && kind !== kindOf(value)) {
      this.#value(path, `${named(path)} is ${shown(value)}, must be ${article(rule)}`);
      return;
    }
    this.#checkKind(rule, value, path);
  }

  #checkKind(rule: Exclude<Resolved, UnionRule>, value: Json, path: Path): void {
    if (rule.rule === 'text') this.#text(rule, value as string, path);
    if (rule.rule === 'whole') this.#whole(rule, value as number, path);
    if (rule.rule === 'record') this.#record(rule, value as JsonObject, path);
    if (rule.rule === 'names') this.#names(rule, value as JsonObject, path);
    if (rule.rule === 'list') this.#list(rule, value as readonly Json[], path);
    if (rule.rule === 'choice') this.#choice(rule, value as JsonObject, path);
  }

  #value(path: Path, text: string, meant?: string): void {
    this.problems.push({ at: this.#document.valueAt(path), text, meant });
  }

  #key(path: Path, text: string, meant?: string): void {
    this.problems.push({ at: this.#document.keyAt(path), text, meant });
  }

  #union(rule: UnionRule, value: Json, path: Path): void {
    const options = rule.of.map((option) => resolveRule(option, this.#grammar));
    const fitting = options.find((option) => kindFor(option) === kindOf(value));
    if (fitting !== undefined) this.check(fitting, value, path);
    else this.#value(path, `${named(path)} is ${shown(value)}, must be ${options.map(article).join(' or ')}`);
  }

  #text(rule: TextRule, value: string, path: Path): void {
    const problem = textProblem(rule, value);
    if (problem !== undefined) this.#value(path, `${named(path)} ${problem.text}`, problem.meant);
  }

  #whole({ minimum, maximum }: WholeRule, value: number, path: Path): void {
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
    const range = Number.isInteger(value) ? `${minimum} to ${maximum}` : `a whole number from ${minimum} to ${maximum}`;
    this.#value(path, `${named(path)} is ${shown(value)}, must be ${range}`);
  }

  #record({ fields, required = [], oneOf = [] }: RecordRule, value: JsonObject, path: Path): void {
    const meantFields = new Set<string>();
    for (const [field, inner] of Object.entries(value)) {
      const rule = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (rule !== undefined) this.check(rule, inner, [...path, field]);
      else meantFields.add(this.#unknownField(field, fields, value, path) ?? field);
    }
    // A misspelt field is one mistake: that the right one is missing says nothing new.
    for (const field of required) {
      if (!Object.hasOwn(value, field) && !meantFields.has(field)) this.#lacks(path, field);
    }
    const given = oneOf.filter((field) => Object.hasOwn(value, field));
    if (oneOf.length === 0 || given.length === 1 || (given.length === 0 && oneOf.some((one) => meantFields.has(one)))) {
      return;
    }
    this.#key(path, `${named(path)} needs exactly one of the fields ${oneOf.join(', ')}`);
  }

  #unknownField(field: string, fields: RecordRule['fields'], value: JsonObject, path: Path): string | undefined {
    const known = Object.keys(fields);
    const absent = known.filter((name) => !Object.hasOwn(value, name));
    const meant = nearest(field, absent) ?? nearest(field, known);
    this.#key([...path, field], `unknown field '${field}' in ${named(path)}, which takes ${known.join(', ')}`, meant);
    return meant;
  }

  #lacks(path: Path, field: string): void {
    this.#key(path, `${named(path)} lacks the field '${field}'`);
  }

  #names({ names, each, min = 0, max }: NamesRule, value: JsonObject, path: Path): void {
    const entries = Object.entries(value);
    this.#count(entries.length, min, max, path);
    for (const [name, inner] of entries) {
      const problem = textProblem(names, name);
      if (problem !== undefined) this.#key([...path, name], `a name in ${named(path)} ${problem.text}`, problem.meant);
      this.check(each, inner, [...path, name]);
    }
  }

  #list({ each, min = 0, max }: ListRule, value: readonly Json[], path: Path): void {
    this.#count(value.length, min, max, path);
    for (const [index, item] of value.entries()) this.check(each, item, [...path, index]);
  }

  #count(count: number, min: number, max: number, path: Path): void {
    if (count < min) this.#value(path, `${named(path)} has ${count} entries, needs at least ${min}`);
    if (count > max) this.#value(path, `${named(path)} has ${count} entries, at most ${max} are allowed`);
  }

  #choice({ field, selector, cases, otherwise }: ChoiceRule, value: JsonObject, path: Path): void {
    const chosen = Object.hasOwn(value, field) ? value[field] : undefined;
    const rule = typeof chosen === 'string' && Object.hasOwn(cases, chosen) ? cases[chosen] : otherwise;
    if (chosen === undefined) this.#noChoice(field, cases, value, path);
    // Which fields there may be nobody knows before this one is right.
    else if (typeof chosen !== 'string' || rule === undefined) this.check(selector, chosen, [...path, field]);
    else this.#record(rule, rule === otherwise ? withoutFacets(value, cases, otherwise) : value, path);
  }

  #noChoice(field: string, cases: ChoiceRule['cases'], value: JsonObject, path: Path): void {
    const known = new Set(Object.values(cases).flatMap(({ fields }) => Object.keys(fields)));
    const slip = Object.keys(value).find((key) => !known.has(key) && nearest(key, [field]) !== undefined);
    if (slip === undefined) this.#lacks(path, field);
    else this.#key([...path, slip], `unknown field '${slip}' in ${named(path)}`, field);
  }
}

/** What only means something in another case is told by whoever knows why this one was chosen. */
function withoutFacets(value: JsonObject, cases: ChoiceRule['cases'], { fields }: RecordRule): JsonObject {
  const known = new Set(Object.values(cases).flatMap((rule) => Object.keys(rule.fields)));
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(fields, name) || !known.has(name)));
}

/** What is wrong with a text, put behind what it is the text of; undefined where nothing is. */
function textProblem(
  rule: TextRule,
  value: string,
): { readonly text: string; readonly meant?: string | undefined } | undefined {
  const { words, pattern, maxLength, coming = {} } = rule;
  if (Object.hasOwn(coming, value)) return { text: `is ${shown(value)}, which can't be used yet: ${coming[value]}` };
  if (words !== undefined && !words.includes(value)) {
    return { text: `is ${shown(value)}, must be one of ${words.join(', ')}`, meant: nearest(value, words) };
  }
  if (maxLength !== undefined && value.length > maxLength) {
    return { text: `has ${value.length} characters, at most ${maxLength} are allowed` };
  }
  if (pattern === undefined || new RegExp(pattern).test(value)) return undefined;
  return { text: `is ${shown(value)}, which is not ${expected(rule)}`, meant: nearestQuantity(value, pattern) };
}

/** How a message calls a place: `tree.fanout`. */
export function named(path: Path): string {
  return path.length === 0 ? 'the genome' : path.join('.');
}

function expected({ title = 'what is expected', examples = [] }: Described): string {
  const shownExamples = examples.map((example) => (typeof example === 'string' ? example : JSON.stringify(example)));
  return shownExamples.length === 0 ? title : `${title} such as ${shownExamples.join(' or ')}`;
}

const ARTICLES = {
  text: 'text',
  whole: 'a whole number',
  number: 'a number',
  flag: 'true or false',
  any: 'a value',
  record: 'a map of fields',
  names: 'a map of fields',
  choice: 'a map of fields',
  list: 'a list',
  union: 'a value',
} as const;

function article(rule: Resolved): string {
  return rule.rule === 'text' && rule.title !== undefined ? expected(rule) : ARTICLES[rule.rule];
}

/** Short enough for one line, whatever it is. */
export function shown(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (isJsonMap(value)) return 'a map';
  if (typeof value !== 'string') return `the ${typeof value} ${String(value)}`;
  return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
}
