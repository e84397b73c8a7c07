import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration } from '../../../contract/units.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { DURATION, described, EXPRESSION, FIELDS, NAME } from '../grammar/phrases.ts';
import type { NamesRule, UnionRule } from '../rule.ts';
import type { OrganKind } from './kind.ts';

/** A field of the state: its initial value, or its type with a default. */
const INITIAL: UnionRule = {
  rule: 'union',
  of: [
    { rule: 'text', title: 'an initial value', maxLength: LIMITS.textLengthMax },
    { rule: 'number' },
    { rule: 'flag' },
    { rule: 'ref', to: 'longShape' },
  ],
};

/** What an organ remembers: names with initial values, or with their types. */
export const STATE_FIELDS: NamesRule = {
  rule: 'names',
  names: { ...NAME, examples: ['votes'] },
  each: INITIAL,
  max: LIMITS.shapeFieldsMax,
};

/** Events by name, each with its fields. */
export const EVENTS: NamesRule = {
  rule: 'names',
  names: { ...NAME, examples: ['vote'] },
  each: FIELDS,
  max: LIMITS.organEventsMax,
};

export const entity: OrganKind = {
  meaning:
    'A state machine for every key: durable, replicated, one active at a time and fenced, put to sleep when idle, and revived on another cell when its cell dies.',
  fields: {
    key: described(EXPRESSION, {
      description: 'The key of the entity that an event is for: an expression of type string over the event.',
      examples: ['event.id'],
    }),
    context: {
      ...STATE_FIELDS,
      description:
        'What each entity remembers besides its state: for each field its initial value, which gives its type, or a type with a default.',
      default: {},
      examples: [{ title: '', votes: 0 }],
    },
    events: {
      ...EVENTS,
      description:
        'The events that entities take, each with its fields. Left out, each event has those of the receptor that brings it: the parameters of its path, and its `input`.',
      default: {},
      examples: [{ vote: { id: 'string', by: 'integer' } }],
    },
    delays: {
      rule: 'names',
      names: { ...NAME, examples: ['patience'] },
      each: EXPRESSION,
      max: LIMITS.chartDelaysMax,
      description: `Delays in milliseconds that \`after\` names, computed on entering the state; held to ${formatDuration(LIMITS.timerMinMs)} to ${formatDuration(LIMITS.timerMaxMs)}.`,
      default: {},
      examples: [{ patience: 'context.minutes * 60000' }],
    },
    machine: {
      rule: 'ref',
      to: 'machine',
      description: 'The state chart of every entity.',
      examples: [{ initial: 'open', states: { open: { on: { close: 'closed' } }, closed: {} } }],
    },
    idle: {
      ...DURATION,
      description: `How long an entity stays in memory without being asked, at most ${formatDuration(LIMITS.entityIdleMaxMs)}.`,
      default: GENOME_DEFAULTS.idle,
      examples: ['5m'],
    },
  },
  required: ['key', 'machine'],
  verbs: {},
  takesEvents: true,
  standsAlone: false,
  limits: [
    'entityKeyMax',
    'entityBytesMax',
    'organEventsMax',
    'chartStatesMax',
    'chartDepthMax',
    'chartMicrostepsMax',
    'expressionStepsMax',
    'timerMinMs',
    'timerMaxMs',
  ],
};
