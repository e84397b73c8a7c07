import { LIMITS } from '../../../contract/limits.ts';
import type { ChoiceRule, Described, RecordRule, Rule, UnionRule } from '../rule.ts';
import { FIELDS, NAME, SHAPE, SUMMARY } from './phrases.ts';

/** The types that are there without being declared. */
export const BUILTIN_TYPES = ['boolean', 'integer', 'number', 'string', 'list', 'map', 'object', 'json'] as const;
export type BuiltinType = (typeof BUILTIN_TYPES)[number];

/** Those that need nothing more, and so may be written by name alone. */
export const PLAIN_TYPES = ['boolean', 'integer', 'number', 'string', 'json'] as const satisfies readonly BuiltinType[];

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;

const whole = (minimum: number, maximum: number, shown: Described): Rule => ({
  rule: 'whole',
  minimum,
  maximum,
  ...shown,
});

/** What narrows a type, besides `default` and `summary`. */
const FACETS: { readonly [type in BuiltinType]: { readonly [facet: string]: Rule } } = {
  boolean: {},
  integer: {
    minimum: whole(MIN_SAFE_INTEGER, MAX_SAFE_INTEGER, {
      description: 'The smallest value.',
      default: MIN_SAFE_INTEGER,
      examples: [0],
    }),
    maximum: whole(MIN_SAFE_INTEGER, MAX_SAFE_INTEGER, {
      description: 'The largest value.',
      default: MAX_SAFE_INTEGER,
      examples: [100],
    }),
  },
  number: {
    minimum: { rule: 'number', description: 'The smallest value.', default: -Number.MAX_VALUE, examples: [0] },
    maximum: { rule: 'number', description: 'The largest value.', default: Number.MAX_VALUE, examples: [99.5] },
  },
  string: {
    minLength: whole(0, LIMITS.textLengthMax, { description: 'Fewest characters.', default: 0, examples: [1] }),
    maxLength: whole(0, LIMITS.textLengthMax, {
      description: 'Most characters.',
      default: LIMITS.textLengthDefault,
      examples: [80],
    }),
    pattern: {
      rule: 'text',
      maxLength: LIMITS.patternTextMax,
      description: 'What the text must match, in the syntax of RE2; anchor it with ^ and $ for the whole text.',
      default: '',
      examples: ['^[a-z0-9-]+$'],
    },
    enum: {
      rule: 'list',
      each: { rule: 'text', maxLength: LIMITS.genomeTextMax },
      max: LIMITS.shapeFieldsMax,
      description: 'The only texts it may be; any where the list is empty.',
      default: [],
      examples: [['low', 'high']],
    },
  },
  list: {
    items: { ...SHAPE, description: 'The type of its items.', examples: ['string'] },
    maxItems: whole(1, LIMITS.listItemsMax, {
      description: 'Most items.',
      default: LIMITS.listItemsDefault,
      examples: [10],
    }),
  },
  map: {
    values: {
      ...SHAPE,
      description: `The type of its values; keys are texts of at most ${LIMITS.mapKeyMax} characters.`,
      examples: ['integer'],
    },
    maxEntries: whole(1, LIMITS.mapEntriesMax, {
      description: 'Most entries.',
      default: LIMITS.mapEntriesDefault,
      examples: [10],
    }),
  },
  object: { fields: { ...FIELDS, min: 1, description: 'Its fields, by name.', examples: [{ lat: 'number' }] } },
  json: {
    maxBytes: whole(2, LIMITS.jsonBytesMax, {
      description: 'Most bytes in canonical JSON.',
      default: LIMITS.jsonBytesDefault,
      examples: [256],
    }),
  },
};

const REQUIRED: { readonly [type: string]: readonly string[] } = {
  list: ['items'],
  map: ['values'],
  object: ['fields'],
};

const DEFAULTS: { readonly [type in BuiltinType | 'other']: Described } = {
  boolean: { examples: [false] },
  integer: { examples: [0] },
  number: { examples: [0.5] },
  string: { examples: [''] },
  list: { examples: [[]] },
  map: { examples: [{}] },
  object: { examples: [{ lat: 0, lon: 0 }] },
  json: { examples: [{}] },
  other: { examples: [{ lat: 0, lon: 0 }] },
};

function recordOf(type: BuiltinType | 'other'): RecordRule {
  const name: Rule =
    type === 'other'
      ? { ...NAME, title: 'the name of a type', description: 'A type of this genome.', examples: ['place'] }
      : { rule: 'text', words: [type], description: `The built-in type ${type}.`, examples: [type] };
  const fallback: Rule = {
    rule: 'any',
    description: 'The value where none is given. Left out, the field must be given.',
    ...DEFAULTS[type],
  };
  const facets = type === 'other' ? {} : FACETS[type];
  return {
    rule: 'record',
    description: type === 'other' ? 'A type that the genome declares.' : `Values of type ${type}.`,
    required: ['type', ...(REQUIRED[type] ?? [])],
    fields: { type: name, ...facets, default: fallback, summary: SUMMARY },
  };
}

/** A type with all that narrows it. */
export const LONG_SHAPE: ChoiceRule = {
  rule: 'choice',
  description: 'A type with its bounds and its default.',
  examples: [{ type: 'integer', minimum: 1, maximum: 5 }],
  field: 'type',
  selector: {
    ...NAME,
    title: 'the name of a type',
    description: `The type: ${BUILTIN_TYPES.join(', ')}, or one that the genome declares under types.`,
    examples: ['integer', 'list'],
  },
  cases: Object.fromEntries(BUILTIN_TYPES.map((type) => [type, recordOf(type)])),
  otherwise: recordOf('other'),
};

/** A type by its name, or in its long form. */
export const SHAPE_RULE: UnionRule = {
  rule: 'union',
  description: 'A type: its name, or a map that says more.',
  examples: ['string', { type: 'list', items: 'string', maxItems: 10 }],
  of: [
    { ...NAME, title: 'the name of a type', examples: ['integer', 'string'] },
    { rule: 'ref', to: 'longShape' },
  ],
};
