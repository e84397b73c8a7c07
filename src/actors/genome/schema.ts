import { LIMITS } from '../../contract/limits.ts';
import { DURATION_PATTERN, formatSize, SIZE_PATTERN } from '../../contract/units.ts';
import type { Json } from '../../contract/words.ts';
import { GENOME_DEFAULTS, STRATEGIES } from './defaults.ts';
import { METHODS, ORGAN_KINDS, type OrganKind } from './organ-kinds.ts';

/**
 * The language of genome files as a JSON Schema (draft-07), from which `genomes/genome.schema.json` is generated, so
 * that editors complete what the runtime checks. What a schema can't say is in rules.ts.
 */

/** As much of draft-07 as the language needs. `title` names what is expected, for messages: `a size`. */
export interface SchemaNode {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly examples?: readonly Json[];
  readonly type?: 'object' | 'string' | 'integer';
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly propertyNames?: SchemaNode;
  readonly properties?: { readonly [name: string]: SchemaNode };
  readonly additionalProperties?: SchemaNode | false;
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
  readonly if?: SchemaNode;
  readonly then?: SchemaNode;
  readonly definitions?: { readonly [name: string]: SchemaNode };
}

/** Names of organs and receptors. */
const NAME: SchemaNode = { type: 'string', title: 'a name', pattern: '^[a-z][A-Za-z0-9]{0,39}$', examples: ['shards'] };

const SEMVER =
  '^(0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,64})?([+][0-9A-Za-z.-]{1,64})?$';

const tree: SchemaNode = {
  type: 'object',
  description: 'The tree that the clones of this genome form.',
  default: { fanout: GENOME_DEFAULTS.fanout },
  examples: [{ fanout: 4 }],
  additionalProperties: false,
  properties: {
    fanout: {
      type: 'integer',
      minimum: 1,
      maximum: LIMITS.fanoutMax,
      description: 'Children per cell. More make the tree flatter, and every cell busier.',
      default: GENOME_DEFAULTS.fanout,
      examples: [4],
    },
  },
};

const supervision: SchemaNode = {
  type: 'object',
  description: 'What happens when an organ fails.',
  default: {
    strategy: GENOME_DEFAULTS.strategy,
    intensity: GENOME_DEFAULTS.intensity,
    backoff: GENOME_DEFAULTS.backoff,
  },
  examples: [{ strategy: 'one_for_one', intensity: '5/10s', backoff: '200ms..30s' }],
  additionalProperties: false,
  properties: {
    strategy: {
      type: 'string',
      enum: STRATEGIES,
      description: 'Who restarts with a failed organ: nobody, all organs of the cell, or those declared after it.',
      default: GENOME_DEFAULTS.strategy,
      examples: [...STRATEGIES],
    },
    intensity: {
      type: 'string',
      title: 'restarts per period',
      pattern: `^[1-9][0-9]{0,5}/${DURATION_PATTERN}$`,
      description: 'How many restarts within which period are borne; at the next one the whole cell restarts.',
      default: GENOME_DEFAULTS.intensity,
      examples: ['5/10s'],
    },
    backoff: {
      type: 'string',
      title: 'a range of durations',
      pattern: `^${DURATION_PATTERN}[.][.]${DURATION_PATTERN}$`,
      description: 'The first and the longest pause before a restart; it doubles in between, with jitter.',
      default: GENOME_DEFAULTS.backoff,
      examples: ['200ms..30s'],
    },
  },
};

const limits: SchemaNode = {
  type: 'object',
  description: 'Bounds of one cell.',
  default: { mailbox: GENOME_DEFAULTS.mailbox, body: GENOME_DEFAULTS.body },
  examples: [{ mailbox: 1024, body: '64KiB' }],
  additionalProperties: false,
  properties: {
    mailbox: {
      type: 'integer',
      minimum: 1,
      maximum: LIMITS.mailboxMax,
      description: 'Messages waiting in an organ; the next one is refused.',
      default: GENOME_DEFAULTS.mailbox,
      examples: [1024],
    },
    body: {
      type: 'string',
      title: 'a size',
      pattern: `^${SIZE_PATTERN}$`,
      description: `The largest body that a receptor takes, at most ${formatSize(LIMITS.bodyBytesMax)}.`,
      default: GENOME_DEFAULTS.body,
      examples: ['64KiB', '4MiB'],
    },
  },
};

const receptor: SchemaNode = {
  type: 'object',
  description: 'A typed request that every clone answers alike: one method with its path, and the verb of an organ.',
  examples: [{ get: '/shardTree/shards/{sha256}', to: 'shards.get' }],
  additionalProperties: false,
  required: ['to'],
  oneOf: METHODS.map((method) => ({ required: [method] })),
  properties: {
    ...Object.fromEntries(METHODS.map((method) => [method, pathOf(method)])),
    to: {
      type: 'string',
      title: 'organ.verb',
      pattern: '^[A-Za-z0-9]{1,40}[.][A-Za-z0-9]{1,40}$',
      description: 'The organ of this genome that answers, and what it is to do.',
      examples: ['shards.get'],
    },
  },
};

function pathOf(method: string): SchemaNode {
  return {
    type: 'string',
    title: 'a path',
    maxLength: LIMITS.genomeTextMax,
    pattern: '^(/([A-Za-z0-9_.-]+|[{][a-z][A-Za-z0-9]*[}]))+$',
    description: `The path at which the receptor answers ${method.toUpperCase()}; parameters stand in braces.`,
    examples: ['/shardTree/shards/{sha256}'],
  };
}

/** Only what all kinds share; the fields of a kind apply once `kind` names it. */
const organ: SchemaNode = {
  type: 'object',
  description: 'An organ: one supervised actor of every cell.',
  examples: [{ kind: 'shards', copies: 3, shardBytes: '1MiB' }],
  required: ['kind'],
  properties: {
    kind: {
      type: 'string',
      enum: Object.keys(ORGAN_KINDS),
      description: `What the organ is: ${Object.entries(ORGAN_KINDS)
        .map(([name, kind]) => `\`${name}\` - ${kind.meaning}`)
        .join(' ')}`,
      examples: Object.keys(ORGAN_KINDS),
    },
  },
  allOf: Object.keys(ORGAN_KINDS).map((kind) => ({
    if: { required: ['kind'], properties: { kind: { const: kind } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema.
    then: { $ref: `#/definitions/${kind}Organ` },
  })),
};

function fieldsOf(name: string, { meaning, fields, required }: OrganKind): SchemaNode {
  const kind: SchemaNode = { type: 'string', const: name, description: meaning, examples: [name] };
  return {
    type: 'object',
    description: meaning,
    additionalProperties: false,
    required: ['kind', ...required],
    properties: { kind, ...fields },
  };
}

export const GENOME_SCHEMA: SchemaNode = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'PeerTree genome',
  description: 'A genome declares a cell type: the tree its clones form, their organs, and the requests they answer.',
  type: 'object',
  additionalProperties: false,
  required: ['genome', 'version', 'organs'],
  properties: {
    $schema: {
      type: 'string',
      maxLength: LIMITS.genomeTextMax,
      description: 'Where this schema is, for editors; only files in JSON need it here.',
      default: './genome.schema.json',
      examples: ['./genome.schema.json'],
    },
    genome: {
      ...NAME,
      description: 'The name of the cell type. It names the tree for ever, whatever the version.',
      examples: ['shardTree', 'ftreeFileMgr'],
    },
    version: {
      type: 'string',
      title: 'a semantic version',
      pattern: SEMVER,
      description: 'The version of this file, as MAJOR.MINOR.PATCH.',
      examples: ['1.0.0'],
    },
    summary: {
      type: 'string',
      maxLength: LIMITS.genomeTextMax,
      description: 'What the cell type is for, in a sentence.',
      default: '',
      examples: ['Keeps content-addressed shards alive.'],
    },
    tree,
    organs: {
      type: 'object',
      description: 'The organs of every cell, by name. Each is an actor under the supervision below, in this order.',
      examples: [{ shards: { kind: 'shards' } }],
      minProperties: 1,
      maxProperties: LIMITS.genomeOrgansMax,
      propertyNames: NAME,
      additionalProperties: { $ref: '#/definitions/organ' },
    },
    receptors: {
      type: 'object',
      description: 'The requests that every clone answers over HTTPS, by name.',
      default: {},
      examples: [{ getShard: { get: '/shardTree/shards/{sha256}', to: 'shards.get' } }],
      maxProperties: LIMITS.genomeReceptorsMax,
      propertyNames: NAME,
      additionalProperties: { $ref: '#/definitions/receptor' },
    },
    supervision,
    limits,
  },
  definitions: {
    organ,
    receptor,
    ...Object.fromEntries(Object.entries(ORGAN_KINDS).map(([name, kind]) => [`${name}Organ`, fieldsOf(name, kind)])),
  },
};
