import { LIMITS } from '../../../contract/limits.ts';
import { formatSize } from '../../../contract/units.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { SIZE } from '../grammar/phrases.ts';
import { NO_FIELDS, objectShape, textShape } from '../shape.ts';
import type { Fields, OrganKind, Verb } from './kind.ts';

const nothing: Fields = { fixed: NO_FIELDS };
const named: Fields = { fixed: objectShape({ sha256: textShape(64, 64) }) };

const verb = (name: Verb['methods'][number], meaning: string): Verb => ({
  meaning,
  methods: [name],
  parameters: ['sha256'],
  input: named,
  output: nothing,
  carries: 'bytes',
});

export const shards: OrganKind = {
  meaning:
    'Content-addressed pieces of bytes, each named by its SHA-256, copied to several nodes and repaired after a loss.',
  fields: {
    copies: {
      rule: 'whole',
      minimum: 1,
      maximum: LIMITS.copiesMax,
      description: 'On how many nodes each shard is kept, or on all while there are fewer.',
      default: GENOME_DEFAULTS.copies,
      examples: [3],
    },
    shardBytes: {
      ...SIZE,
      description: `The size of the pieces that files are cut into: a power of two from ${formatSize(LIMITS.shardBytesMin)} to ${formatSize(LIMITS.shardBytesMax)}. Files stored before keep theirs.`,
      default: GENOME_DEFAULTS.shardBytes,
      examples: ['256KiB', '1MiB'],
    },
  },
  required: [],
  verbs: {
    put: verb('put', 'Stores the body under its SHA-256.'),
    get: verb('get', 'Answers with the bytes, verified.'),
    stat: verb('head', 'Answers with the size in a header.'),
  },
  takesEvents: false,
  standsAlone: true,
  limits: ['copiesMax', 'shardBytesMin', 'shardBytesMax'],
};
