import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration } from '../../../contract/units.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { DURATION, FIELDS } from '../grammar/phrases.ts';
import { NO_FIELDS, objectShape, textShape, wholeShape } from '../shape.ts';
import type { Fields, OrganKind, Verb } from './kind.ts';

const id = textShape(LIMITS.entityKeyMax, 1);
const nothing: Fields = { fixed: NO_FIELDS };
const handed: Fields = { fixed: objectShape({ id, attempt: wholeShape(1) }), own: 'job' };

const ofOne = (meaning: string, methods: Verb['methods']): Verb => ({
  meaning,
  methods,
  parameters: ['id'],
  input: { fixed: objectShape({ id }) },
  output: nothing,
  carries: 'json',
});

const capacity = (description: string, fallback: number) =>
  ({
    rule: 'whole',
    minimum: 1,
    maximum: LIMITS.queueJobsMax,
    description,
    default: fallback,
    examples: [fallback],
  }) as const;

export const queue: OrganKind = {
  meaning:
    'Jobs that wait for whoever takes them: leased for a time, handed out again where they are not done by then, and put aside as dead letters after too many attempts.',
  fields: {
    job: { ...FIELDS, min: 1, description: 'The fields of every job.', examples: [{ url: 'string' }] },
    lease: {
      ...DURATION,
      description: `How long a job is handed out before it is given to somebody else, at most ${formatDuration(LIMITS.queueLeaseMaxMs)}.`,
      default: GENOME_DEFAULTS.lease,
      examples: ['30s'],
    },
    attempts: {
      rule: 'whole',
      minimum: 1,
      maximum: LIMITS.queueAttemptsMax,
      description: 'How often a job is handed out before it is a dead letter.',
      default: GENOME_DEFAULTS.attempts,
      examples: [5],
    },
    capacity: capacity('Most jobs that wait or are leased; the next one is refused.', GENOME_DEFAULTS.queueCapacity),
    deadLetters: capacity(
      'Most dead letters; beyond it the oldest are dropped, and counted.',
      GENOME_DEFAULTS.deadLetters,
    ),
  },
  required: ['job'],
  verbs: {
    put: {
      meaning: 'Adds a job.',
      methods: ['post'],
      parameters: [],
      input: { fixed: NO_FIELDS, own: 'job' },
      output: { fixed: objectShape({ id }) },
      carries: 'json',
    },
    take: {
      meaning: 'Leases the oldest job that waits.',
      methods: ['post'],
      parameters: [],
      input: nothing,
      output: handed,
      carries: 'json',
    },
    done: ofOne('Ends the lease: the job is done.', ['post', 'delete']),
    fail: ofOne('Ends the lease: the job waits again, or is a dead letter.', ['post']),
    dead: {
      meaning: 'Lists the dead letters, oldest first.',
      methods: ['get'],
      parameters: [],
      input: nothing,
      output: handed,
      carries: 'page',
    },
    replay: ofOne('Lets a dead letter wait again, its attempts forgotten.', ['post']),
  },
  takesEvents: false,
  standsAlone: false,
  limits: ['queueJobsMax', 'queueLeaseMaxMs', 'queueAttemptsMax', 'registerValueMax', 'shapeFieldsMax'],
};
