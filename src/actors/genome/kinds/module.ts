import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration, formatSize } from '../../../contract/units.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { DURATION, described, NAME, SHAPE, SIZE, TARGET } from '../grammar/phrases.ts';
import { EVENTS, STATE_FIELDS } from './entity.ts';
import type { OrganKind } from './kind.ts';

export const module: OrganKind = {
  meaning:
    'A TypeScript file that exports a pure `step(state, event, context)`, for where the catalogue ends. It runs in a child process of its own, its memory and the time of each step bounded.',
  fields: {
    file: {
      rule: 'text',
      title: 'a path',
      pattern: '^[.]{1,2}(/[A-Za-z0-9_.-]+)+[.](ts|mts|js|mjs)$',
      maxLength: LIMITS.genomeTextMax,
      description: 'The file, relative to the genome, with its extension.',
      examples: ['./clock.ts'],
    },
    state: {
      ...STATE_FIELDS,
      description: 'What it remembers: for each field its initial value, or a type with a default.',
      default: {},
      examples: [{ offset: 0 }],
    },
    events: {
      ...EVENTS,
      min: 1,
      description: 'The events that it takes, each with its fields.',
      examples: [{ ask: {} }],
    },
    replies: {
      rule: 'names',
      names: { ...NAME, examples: ['ask'] },
      each: SHAPE,
      max: LIMITS.organEventsMax,
      description: 'The type of its answer to an event, where it has one.',
      default: {},
      examples: [{ ask: 'integer' }],
    },
    sends: {
      rule: 'names',
      names: { ...NAME, examples: ['ask'] },
      each: { rule: 'list', each: TARGET, min: 1, max: LIMITS.organEventsMax },
      max: LIMITS.organEventsMax,
      description: 'Where the effects of an event may go: organs of this genome, each with a verb or event.',
      default: {},
      examples: [{ ask: ['news.publish'] }],
    },
    memory: {
      ...SIZE,
      description: `Most memory of its process, from ${formatSize(LIMITS.moduleMemoryMin)} to ${formatSize(LIMITS.moduleMemoryMax)}.`,
      default: GENOME_DEFAULTS.moduleMemory,
      examples: ['64MiB'],
    },
    deadline: described(DURATION, {
      description: `How long one step may take, at most ${formatDuration(LIMITS.moduleDeadlineMaxMs)}; then its process is ended and started anew.`,
      default: GENOME_DEFAULTS.moduleDeadline,
      examples: ['1s'],
    }),
  },
  required: ['file', 'events'],
  verbs: {},
  takesEvents: true,
  standsAlone: false,
  limits: ['organEventsMax', 'moduleMemoryMin', 'moduleMemoryMax', 'moduleDeadlineMaxMs', 'shapeFieldsMax'],
};
