import { LIMITS } from '../../contract/limits.ts';
import { formatSize, SIZE_PATTERN } from '../../contract/units.ts';
import { GENOME_DEFAULTS } from './defaults.ts';
import type { SchemaNode } from './schema.ts';

/**
 * The catalogue of organ kinds: what a genome may say of an organ of each kind, and which of its verbs a receptor may
 * call. A new kind is a new row; schema, checks and documentation follow.
 */

/** The methods by which a receptor answers, as a genome spells them. */
export const METHODS = ['get', 'head', 'put', 'post', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface Verb {
  /** What it does, for people. */
  readonly meaning: string;
  /** The methods that fit it: what only reads is not bound to PUT, nor the other way round. */
  readonly methods: readonly Method[];
  /** The parameters that the receptor's path must have, no more and no fewer. */
  readonly parameters: readonly string[];
}

export interface OrganKind {
  readonly meaning: string;
  /** The kind's own fields, by name. */
  readonly fields: { readonly [field: string]: SchemaNode };
  readonly required: readonly string[];
  readonly verbs: { readonly [verb: string]: Verb };
}

const shards: OrganKind = {
  meaning:
    'Content-addressed pieces of bytes, each named by its SHA-256, copied to several nodes and repaired after a loss.',
  fields: {
    copies: {
      type: 'integer',
      minimum: 1,
      maximum: LIMITS.copiesMax,
      description: 'On how many nodes each shard is kept, or on all while there are fewer.',
      default: GENOME_DEFAULTS.copies,
      examples: [3],
    },
    shardBytes: {
      type: 'string',
      title: 'a size',
      pattern: `^${SIZE_PATTERN}$`,
      description: `The size of the pieces that files are cut into: a power of two from ${formatSize(LIMITS.shardBytesMin)} to ${formatSize(LIMITS.shardBytesMax)}. Files stored before keep theirs.`,
      default: GENOME_DEFAULTS.shardBytes,
      examples: ['256KiB', '1MiB'],
    },
  },
  required: [],
  verbs: {
    put: { meaning: 'Stores the body under its SHA-256.', methods: ['put'], parameters: ['sha256'] },
    get: { meaning: 'Answers with the bytes, verified.', methods: ['get'], parameters: ['sha256'] },
    stat: { meaning: 'Answers with the size in a header.', methods: ['head'], parameters: ['sha256'] },
  },
};

const files: OrganKind = {
  meaning: 'Files: named, versioned maps of which shards make up which file, in replicated registers.',
  fields: {
    uses: {
      type: 'string',
      title: 'the name of a genome',
      pattern: '^[a-z][A-Za-z0-9]{0,39}$',
      description: 'The genome whose shards organ keeps the bytes of the files. It runs in the same organism.',
      examples: ['shardTree'],
    },
  },
  required: ['uses'],
  verbs: {
    put: {
      meaning: 'Stores the body as a file, or as the next version of one.',
      methods: ['put'],
      parameters: ['name'],
    },
    get: { meaning: "Answers with the file's bytes.", methods: ['get'], parameters: ['file'] },
    stat: { meaning: "Answers with the file's facts in headers.", methods: ['head'], parameters: ['file'] },
    remove: {
      meaning: 'Removes name and map; shards that others share stay.',
      methods: ['delete'],
      parameters: ['file'],
    },
    list: { meaning: 'Lists the files, a page at a time.', methods: ['get'], parameters: [] },
  },
};

export const ORGAN_KINDS = { shards, files } as const;
export type OrganKindName = keyof typeof ORGAN_KINDS;

export const ORGAN_KIND_NAMES = Object.keys(ORGAN_KINDS) as readonly OrganKindName[];

/** Undefined for a name that the catalogue doesn't have. */
export function organKind(name: unknown): OrganKind | undefined {
  return typeof name === 'string' && Object.hasOwn(ORGAN_KINDS, name) ? ORGAN_KINDS[name as OrganKindName] : undefined;
}
