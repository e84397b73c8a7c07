import type { Json } from '../../contract/words.ts';
import type { ChoiceRule, Described, Grammar, RecordRule, Rule } from './rule.ts';

/** As much of JSON Schema (draft-07) as the language needs. */
export interface SchemaNode {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly examples?: readonly Json[];
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly properties?: { readonly [name: string]: SchemaNode };
  readonly additionalProperties?: SchemaNode | false;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly not?: SchemaNode;
  readonly if?: SchemaNode;
  readonly then?: SchemaNode;
  readonly definitions?: { readonly [name: string]: SchemaNode };
}

/** The grammar as the JSON Schema that editors complete genome files with. */
export function jsonSchemaOf({ root, definitions }: Grammar): SchemaNode {
  const rules = Object.entries(definitions).flatMap(([name, rule]) => definitionsOf(name, rule));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...nodeOf(root, 'root'),
    definitions: Object.fromEntries(rules),
  };
}

/** A choice has a definition for each of its cases beside its own. */
function definitionsOf(name: string, rule: Rule): (readonly [string, SchemaNode])[] {
  const own = [name, nodeOf(rule, name)] as const;
  if (rule.rule !== 'choice') return [own];
  const cases = Object.entries(rule.cases).map(([value, of]) => [caseName(name, value), nodeOf(of, name)] as const);
  const rest = rule.otherwise === undefined ? [] : [[caseName(name, 'other'), nodeOf(rule.otherwise, name)] as const];
  return [own, ...cases, ...rest];
}

function caseName(name: string, value: string): string {
  return `${value}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function nodeOf(rule: Rule, name: string): SchemaNode {
  return { ...shown(rule), ...bodyOf(rule, name) };
}

/** What an editor shows, in this order. */
function shown({ title, description, default: fallback, examples }: Described): SchemaNode {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...(examples === undefined ? {} : { examples }),
  };
}

function bodyOf(rule: Rule, name: string): SchemaNode {
  switch (rule.rule) {
    case 'text':
      return {
        type: 'string',
        ...(rule.words === undefined ? {} : { enum: rule.words }),
        ...(rule.pattern === undefined ? {} : { pattern: rule.pattern }),
        ...(rule.maxLength === undefined ? {} : { maxLength: rule.maxLength }),
      };
    case 'whole':
      return { type: 'integer', minimum: rule.minimum, maximum: rule.maximum };
    case 'number':
      return { type: 'number' };
    case 'flag':
      return { type: 'boolean' };
    case 'any':
      return {};
    case 'record':
      return recordOf(rule, name);
    case 'names':
      return {
        type: 'object',
        ...(rule.min === undefined ? {} : { minProperties: rule.min }),
        maxProperties: rule.max,
        propertyNames: nodeOf(rule.names, name),
        additionalProperties: nodeOf(rule.each, name),
      };
    case 'list':
      return {
        type: 'array',
        ...(rule.min === undefined ? {} : { minItems: rule.min }),
        maxItems: rule.max,
        items: nodeOf(rule.each, name),
      };
    case 'union':
      return { anyOf: rule.of.map((one) => nodeOf(one, name)) };
    case 'choice':
      return choiceOf(rule, name);
    case 'ref':
      // Draft-07 ignores whatever stands beside $ref.
      return isPlain(rule) ? { $ref: pointer(rule.to) } : { allOf: [{ $ref: pointer(rule.to) }] };
  }
}

function isPlain(rule: Described): boolean {
  return Object.keys(shown(rule)).length === 0;
}

const pointer = (name: string): string => `#/definitions/${name}`;

function recordOf({ fields, required = [], oneOf }: RecordRule, name: string): SchemaNode {
  const properties = Object.entries(fields).map(([field, rule]) => [field, nodeOf(rule, name)] as const);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((field) => ({ required: [field] })) }),
    properties: Object.fromEntries(properties),
  };
}

/** The fields of a case apply once its field names it; an editor completes that one field before. */
function choiceOf(rule: ChoiceRule, name: string): SchemaNode {
  const values = Object.keys(rule.cases);
  const when = (is: SchemaNode): SchemaNode => ({ required: [rule.field], properties: { [rule.field]: is } });
  const cases = values.map((value) => condition(when({ const: value }), caseName(name, value)));
  const other = when({ not: { enum: values } });
  return {
    type: 'object',
    required: [rule.field],
    properties: { [rule.field]: nodeOf(rule.selector, name) },
    allOf: rule.otherwise === undefined ? cases : [...cases, condition(other, caseName(name, 'other'))],
  };
}

function condition(test: SchemaNode, name: string): SchemaNode {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema.
  return { if: test, then: { $ref: pointer(name) } };
}
