import { LIMITS } from '../../../contract/limits.ts';
import { formatDuration } from '../../../contract/units.ts';
import { DURATION, described, NAME, SUMMARY, TARGET, VALUES } from '../grammar/phrases.ts';
import type { RecordRule } from '../rule.ts';
import type { OrganKind } from './kind.ts';

export const SCHEDULED: RecordRule = {
  rule: 'record',
  description: 'What happens again and again: when, and what is sent.',
  examples: [{ every: '1m', to: 'sensors.sample', with: { id: '"all"' } }],
  required: ['to'],
  oneOf: ['every', 'cron'],
  fields: {
    every: {
      ...DURATION,
      description: `The time from one run to the next, from ${formatDuration(LIMITS.scheduleEveryMinMs)} to ${formatDuration(LIMITS.timerMaxMs)}.`,
      examples: ['1m'],
    },
    cron: {
      rule: 'text',
      title: 'minute, hour, day of month, month and day of week',
      pattern: '^[0-9A-Za-z*/,-]+( +[0-9A-Za-z*/,-]+){4}$',
      maxLength: LIMITS.patternTextMax,
      description: 'The times of day, in UTC: five fields as of crontab, with lists, ranges and steps.',
      examples: ['*/15 * * * *', '0 3 * * mon'],
    },
    to: { ...TARGET, description: 'The organ, and its verb or event.', examples: ['sensors.sample'] },
    with: described(VALUES, {
      description: 'The fields that are sent: an expression for each. They may use `now`.',
      default: {},
      examples: [{ id: '"all"' }],
    }),
    summary: SUMMARY,
  },
};

export const schedule: OrganKind = {
  meaning:
    'Jobs that run at their times, once in the whole organism and whichever cell dies meanwhile: durable timers, by period or as crontab says.',
  fields: {
    jobs: {
      rule: 'names',
      names: { ...NAME, examples: ['sample'] },
      each: { rule: 'ref', to: 'scheduled' },
      min: 1,
      max: LIMITS.scheduleJobsMax,
      description: 'The jobs, by name.',
      examples: [{ sample: { every: '1m', to: 'sensors.sample', with: { id: '"all"' } } }],
    },
  },
  required: ['jobs'],
  verbs: {},
  takesEvents: false,
  standsAlone: true,
  limits: ['scheduleJobsMax', 'scheduleEveryMinMs', 'timerMaxMs'],
};
