import { nearest } from '../../contract/nearest.ts';
import { FUNCTIONS, type Overload } from './expression/functions.ts';
import { METHODS } from './expression/methods.ts';
import { GENOME_GRAMMAR } from './grammar/genome-grammar.ts';
import { ORGAN_KINDS } from './kinds/catalogue.ts';
import type { Rule } from './rule.ts';

/** One meaning of a word of the language. */
export interface Entry {
  /** Where it stands: `entity.key`, `kind entity`, `function size`. */
  readonly word: string;
  readonly meaning: string;
  readonly default?: unknown;
  readonly examples: readonly unknown[];
}

/** All that a word of the language means; with a dot, a field of something: `entity.key`. */
export function lookUp(word: string): readonly Entry[] {
  return ENTRIES.filter((entry) => entry.word === word || entry.word.split(/[. ]/).at(-1) === word);
}

/** The word that a misspelt one most likely was. */
export function nearestWord(word: string): string | undefined {
  return nearest(word, new Set(ENTRIES.flatMap((entry) => [entry.word, entry.word.split(/[. ]/).at(-1) ?? ''])));
}

const ENTRIES: readonly Entry[] = [
  ...Object.entries(ORGAN_KINDS).flatMap(([kind, { meaning, verbs }]): Entry[] => [
    { word: `kind ${kind}`, meaning, examples: [] },
    ...Object.entries(verbs).map(([verb, { meaning: does, methods }]) => {
      return { word: `${kind}.${verb}`, meaning: `${does} Answers ${methods.join(', ')}.`, examples: [] };
    }),
  ]),
  ...fieldsOf('genome', GENOME_GRAMMAR.root),
  ...Object.entries(GENOME_GRAMMAR.definitions).flatMap(([name, rule]) => [
    ...ownEntry(name, rule),
    ...fieldsOf(name, rule),
  ]),
  ...Object.entries(FUNCTIONS).flatMap(([name, overloads]) => functionEntry(`function ${name}`, overloads)),
  ...Object.entries(METHODS).flatMap(([name, overloads]) => functionEntry(`method ${name}`, overloads)),
];

function ownEntry(word: string, rule: Rule): Entry[] {
  return rule.description === undefined ? [] : [entryOf(word, rule)];
}

function fieldsOf(owner: string, rule: Rule): Entry[] {
  if (rule.rule === 'choice') return Object.entries(rule.cases).flatMap(([value, one]) => fieldsOf(value, one));
  if (rule.rule !== 'record') return [];
  return Object.entries(rule.fields).flatMap(([field, inner]) => {
    const word = `${owner}.${field}`;
    return [entryOf(word, inner), ...(inner.rule === 'record' ? fieldsOf(field, inner) : [])];
  });
}

function entryOf(word: string, { description = '', default: fallback, examples = [] }: Rule): Entry {
  return { word, meaning: description, ...(fallback === undefined ? {} : { default: fallback }), examples };
}

function functionEntry(word: string, overloads: readonly Overload[]): Entry[] {
  return overloads.map(({ signature, meaning }) => ({ word, meaning, examples: [signature] }));
}
