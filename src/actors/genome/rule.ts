import type { Json, JsonObject } from '../../contract/words.ts';

/**
 * The grammar of genome files as data: what may stand where. The JSON Schema for editors is generated from it
 * (json-schema.ts), and the compiler checks files against it (validation.ts), so that both say the same.
 */
export type Rule =
  | TextRule
  | WholeRule
  | NumberRule
  | FlagRule
  | AnyRule
  | RecordRule
  | NamesRule
  | ListRule
  | UnionRule
  | ChoiceRule
  | RefRule;

/** What an editor shows. A field that may be left out has a default, or says what then is. */
export interface Described {
  /** What is expected, for messages: `a size`. */
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly examples?: readonly Json[];
}

export interface TextRule extends Described {
  readonly rule: 'text';
  readonly pattern?: string;
  readonly maxLength?: number;
  /** The only texts that may stand there. */
  readonly words?: readonly string[];
  /** Texts that may stand there one day, with what is said of them until then. */
  readonly coming?: { readonly [word: string]: string };
}

/** A whole number. */
export interface WholeRule extends Described {
  readonly rule: 'whole';
  readonly minimum: number;
  readonly maximum: number;
}

export interface NumberRule extends Described {
  readonly rule: 'number';
}

export interface FlagRule extends Described {
  readonly rule: 'flag';
}

/** Any value; the compiler looks at it by other means. */
export interface AnyRule extends Described {
  readonly rule: 'any';
}

/** A map of known fields. */
export interface RecordRule extends Described {
  readonly rule: 'record';
  readonly fields: { readonly [field: string]: Rule };
  readonly required?: readonly string[];
  /** Exactly one of these is given. */
  readonly oneOf?: readonly string[];
}

/** A map whose keys are names that the author chooses. */
export interface NamesRule extends Described {
  readonly rule: 'names';
  readonly names: TextRule;
  readonly each: Rule;
  readonly min?: number;
  readonly max: number;
}

export interface ListRule extends Described {
  readonly rule: 'list';
  readonly each: Rule;
  readonly min?: number;
  readonly max: number;
}

/** One of several, told apart by what JSON calls them: a text, a map, a list. */
export interface UnionRule extends Described {
  readonly rule: 'union';
  readonly of: readonly Rule[];
}

/** A map whose fields depend on the value of one of them. */
export interface ChoiceRule extends Described {
  readonly rule: 'choice';
  readonly field: string;
  /** What may stand in that field. */
  readonly selector: TextRule;
  readonly cases: { readonly [value: string]: RecordRule };
  /** For every other text; where left out there is none. */
  readonly otherwise?: RecordRule;
}

/** A rule by its name in the grammar: for what is used in several places, or inside itself. */
export interface RefRule extends Described {
  readonly rule: 'ref';
  readonly to: string;
}

/** A language: the rule of the whole file, and the rules that others refer to. */
export interface Grammar {
  readonly root: RecordRule;
  readonly definitions: { readonly [name: string]: Rule };
}

/** The rule itself, whatever name it goes by. */
export function resolveRule(rule: Rule, { definitions }: Grammar): Exclude<Rule, RefRule> {
  if (rule.rule !== 'ref') return rule;
  const found = definitions[rule.to];
  if (found === undefined) throw new Error(`the grammar has no definition '${rule.to}'`);
  return resolveRule(found, { root: { rule: 'record', fields: {} }, definitions });
}

/** What JSON calls a value. */
export type JsonKind = 'text' | 'number' | 'flag' | 'list' | 'map' | 'null';

export function kindOf(value: Json): JsonKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return ({ string: 'text', number: 'number', boolean: 'flag', object: 'map' } as const)[
    typeof value as 'string' | 'number' | 'boolean' | 'object'
  ];
}

/** Which kind of value a rule is for; undefined where any may stand. */
export function kindFor(rule: Exclude<Rule, RefRule>): JsonKind | undefined {
  return KINDS[rule.rule];
}

const KINDS: { readonly [rule in Exclude<Rule['rule'], 'ref'>]: JsonKind | undefined } = {
  text: 'text',
  whole: 'number',
  number: 'number',
  flag: 'flag',
  any: undefined,
  record: 'map',
  names: 'map',
  list: 'list',
  union: undefined,
  choice: 'map',
};

export function isJsonMap(value: Json | undefined): value is JsonObject {
  return value !== undefined && kindOf(value) === 'map';
}
