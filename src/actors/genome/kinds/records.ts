import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration } from '../../../contract/units.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { DURATION, FIELDS } from '../grammar/phrases.ts';
import { objectShape, textShape, wholeShape } from '../shape.ts';
import type { OrganKind } from './kind.ts';

const key = textShape(LIMITS.entityKeyMax, 1);
const version = wholeShape(0);
const page = objectShape({
  prefix: { shape: textShape(LIMITS.entityKeyMax), initial: '' },
  after: { shape: textShape(LIMITS.entityKeyMax), initial: '' },
  limit: { shape: wholeShape(1, LIMITS.filesPageMax), initial: 100 },
});

export const records: OrganKind = {
  meaning:
    'Replicated documents by key, linearizable: read, written with compare-and-set, listed, watched, and forgotten after their time.',
  fields: {
    record: { ...FIELDS, min: 1, description: 'The fields of every record.', examples: [{ text: 'string' }] },
    capacity: {
      rule: 'whole',
      minimum: 1,
      maximum: LIMITS.recordsMax,
      description: 'Most records; the next new one is refused.',
      default: GENOME_DEFAULTS.recordsCapacity,
      examples: [10_000],
    },
    ttl: {
      ...DURATION,
      description: `How long a record is kept after it was last written, at most ${formatDuration(LIMITS.recordTtlMaxMs)}. Left out, until it is removed.`,
      examples: ['30d'],
    },
  },
  required: ['record'],
  verbs: {
    put: {
      meaning: 'Writes a record. `expected` is the version that it must have, 0 for none; left out, any.',
      methods: ['put', 'post'],
      parameters: ['key'],
      input: { fixed: objectShape({ key, expected: { shape: wholeShape(-1), initial: -1 } }), own: 'record' },
      output: { fixed: objectShape({ version }) },
      carries: 'json',
    },
    get: {
      meaning: 'Reads a record, with its version.',
      methods: ['get'],
      parameters: ['key'],
      input: { fixed: objectShape({ key }) },
      output: { fixed: objectShape({ key, version }), own: 'record' },
      carries: 'json',
    },
    remove: {
      meaning: 'Removes a record.',
      methods: ['delete'],
      parameters: ['key'],
      input: { fixed: objectShape({ key }) },
      output: { fixed: objectShape({ version }) },
      carries: 'json',
    },
    list: {
      meaning: 'Lists the records, ascending by key, a page at a time.',
      methods: ['get'],
      parameters: [],
      input: { fixed: page },
      output: { fixed: objectShape({ key, version }), own: 'record' },
      carries: 'page',
    },
    watch: {
      meaning: 'Tells of every write from now on.',
      methods: ['get'],
      parameters: [],
      input: { fixed: objectShape({ prefix: { shape: textShape(LIMITS.entityKeyMax), initial: '' } }) },
      output: { fixed: objectShape({ key, version }), own: 'record' },
      carries: 'events',
    },
  },
  takesEvents: false,
  standsAlone: false,
  limits: ['recordsMax', 'recordTtlMaxMs', 'entityKeyMax', 'registerValueMax', 'shapeFieldsMax'],
};
