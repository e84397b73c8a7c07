import { LIMITS } from '../../../contract/limits.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import type { RecordRule, RefRule, Rule, UnionRule } from '../rule.ts';
import { DURATION, described, EXPRESSION, NAME, oneOrMore, SUMMARY, TARGET, VALUES } from './phrases.ts';

/** State charts: what an entity does with its events. */

const withRule: Rule = described(VALUES, {
  description: 'The fields that are sent: an expression for each, or one expression that gives them all.',
  default: {},
  examples: [{ title: 'context.title' }],
});

const to: Rule = {
  ...TARGET,
  description:
    'An organ of this genome and one of its verbs or events, or a genome under `uses` and one of its receptors.',
  examples: ['news.publish', 'billing.charge'],
};

export const EMIT: RecordRule = {
  rule: 'record',
  description: 'A message without an answer. It leaves once the step is stored, and arrives at least once.',
  examples: [{ to: 'news.publish', with: { title: 'context.title' } }],
  required: ['to'],
  fields: { to, with: withRule },
};

export const CALL: RecordRule = {
  rule: 'record',
  description: 'A question. Its answer, or that there is none, comes back as an event of the same entity.',
  examples: [{ to: 'billing.charge', with: { amount: 'context.price' }, answer: 'charged', failure: 'declined' }],
  required: ['to', 'answer', 'failure'],
  fields: {
    to,
    with: withRule,
    answer: {
      ...NAME,
      description: 'The event that brings the answer; its fields are those of the answer.',
      examples: ['charged'],
    },
    failure: {
      ...NAME,
      description: 'The event that comes where there is no answer; its fields are `code` and `detail`, both string.',
      examples: ['declined'],
    },
    deadline: described(DURATION, {
      description: 'How long the answer may take; then `failure` comes with the code deadline.',
      default: GENOME_DEFAULTS.callDeadline,
      examples: ['30s'],
    }),
  },
};

const assign: Rule = {
  rule: 'names',
  names: { ...NAME, examples: ['votes'] },
  each: EXPRESSION,
  max: LIMITS.shapeFieldsMax,
  description: 'New values of fields of the context, all computed from the old ones. It is done first.',
  default: {},
  examples: [{ votes: 'context.votes + event.by' }],
};

const emit: Rule = {
  ...oneOrMore({ rule: 'ref', to: 'emit' }, LIMITS.chartSendsMax),
  description: 'Messages to other organs, without an answer.',
  default: [],
  examples: [{ to: 'news.publish', with: { title: 'context.title' } }],
};

const call: Rule = {
  ...oneOrMore({ rule: 'ref', to: 'call' }, LIMITS.chartSendsMax),
  description: 'Questions to other organs or other cell types, whose answers come back as events.',
  default: [],
  examples: [{ to: 'billing.charge', with: { amount: 'context.price' }, answer: 'charged', failure: 'declined' }],
};

/** What is done on entering or leaving a state, whatever the event was. */
export const ACTIONS: RecordRule = {
  rule: 'record',
  description: 'What is done whenever the state is entered, or left.',
  examples: [{ assign: { since: 'now' } }],
  fields: { assign, emit, call },
};

/** Codes that a chart may answer with: those that blame the request, not the runtime. */
export const REFUSALS = ['malformed', 'forbidden', 'not-found', 'already-exists', 'conflict', 'too-large'] as const;

const TRANSITION: RecordRule = {
  rule: 'record',
  description: 'What an event does in a state: where it leads, what it changes, what is answered.',
  examples: [{ target: 'closed', guard: 'event.by > 0', reply: { votes: 'context.votes' } }],
  fields: {
    target: {
      rule: 'text',
      title: 'a state',
      pattern: '^[.]?[A-Za-z0-9]{1,40}([.][A-Za-z0-9]{1,40})*$',
      description:
        'The state to go to: a sibling or one around it by name, a state inside by its path with dots, a child of this one with a dot before. Left out, the state stays.',
      examples: ['closed', 'open.waiting', '.waiting'],
    },
    guard: described(EXPRESSION, {
      description: 'The transition is taken only where this is true; else the next one of the list is tried.',
      default: true,
      examples: ['event.by > 0'],
    }),
    assign,
    reply: described(VALUES, {
      description: 'The answer, computed after `assign`: an expression for each field, or one for all.',
      default: {},
      examples: [{ votes: 'context.votes' }],
    }),
    refuse: {
      rule: 'text',
      words: REFUSALS,
      description: 'Answers with this error, and changes nothing. Left out, the event is taken.',
      examples: ['not-found'],
    },
    emit,
    call,
    reenter: {
      rule: 'flag',
      description: 'Whether a transition to the state it is in leaves and enters it again, its timers with it.',
      default: false,
      examples: [true],
    },
    summary: SUMMARY,
  },
};

const ref = (name: string): RefRule => ({ rule: 'ref', to: name });

/** Its target alone, or all it does, or several that are tried in order. */
const TRANSITIONS: UnionRule = {
  rule: 'union',
  description: 'A transition: its target alone, a map that says more, or a list of them that are tried in order.',
  examples: ['closed', { target: 'closed', guard: 'context.votes > 3' }],
  of: [
    { rule: 'text', title: 'the name of a state', examples: ['closed'] },
    ref('transition'),
    {
      rule: 'list',
      each: {
        rule: 'union',
        of: [{ rule: 'text', title: 'the name of a state', examples: ['closed'] }, ref('transition')],
      },
      max: LIMITS.chartBranchesMax,
    },
  ],
};

const on: Rule = {
  rule: 'names',
  names: { ...NAME, examples: ['vote'] },
  each: ref('transitions'),
  max: LIMITS.organEventsMax,
  description: 'What each event does here. What a state does not say, the one around it may.',
  default: {},
  examples: [{ close: 'closed' }],
};

const states: Rule = {
  rule: 'names',
  names: { ...NAME, examples: ['open'] },
  each: ref('state'),
  max: LIMITS.chartStatesMax,
  description: 'The states inside, by name.',
  default: {},
  examples: [{ open: {}, closed: {} }],
};

const initial: Rule = {
  ...NAME,
  title: 'the name of a state',
  description: 'The state inside that is entered first. Left out where there are none inside, and in a parallel state.',
  examples: ['open'],
};

const STATE: RecordRule = {
  rule: 'record',
  description: 'A state: what events and time do in it, and the states inside it.',
  examples: [{ on: { close: 'closed' }, after: { '7d': 'closed' } }],
  fields: {
    type: {
      rule: 'text',
      words: ['normal', 'parallel', 'final', 'history'],
      description:
        'A parallel state is in all states inside at once; a final one is the end of what is around it, and at the outermost level of the entity itself; a history one leads back to where it was.',
      default: 'normal',
      examples: ['parallel'],
    },
    initial,
    states,
    on,
    after: {
      rule: 'names',
      names: {
        rule: 'text',
        title: 'a duration, or the name of a delay',
        pattern: '^[A-Za-z0-9]{1,40}$',
        examples: ['30s'],
      },
      each: ref('transitions'),
      max: LIMITS.chartBranchesMax,
      description:
        'What time does: by how long after entering, or by the name of a delay of the organ. Timers are durable, and end when the state is left.',
      default: {},
      examples: [{ '30s': 'expired' }],
    },
    entry: described(ref('actions'), {
      description: 'What is done on entering.',
      default: {},
      examples: [{ assign: { since: 'now' } }],
    }),
    exit: described(ref('actions'), {
      description: 'What is done on leaving.',
      default: {},
      examples: [{ assign: { since: '0' } }],
    }),
    onDone: described(ref('transitions'), {
      description:
        'What is done when the states inside have come to their end: a final state, in every region of a parallel one.',
      default: [],
      examples: ['closed'],
    }),
    history: {
      rule: 'text',
      words: ['shallow', 'deep'],
      description:
        'Of a history state: whether it leads back to the state inside only, or to all states inside that too.',
      default: 'shallow',
      examples: ['deep'],
    },
    target: {
      ...NAME,
      title: 'the name of a state',
      description: 'Of a history state: where it leads the first time. Left out, to the initial state around it.',
      examples: ['open'],
    },
    summary: SUMMARY,
  },
};

/** The chart of an entity is a state without a name. */
const MACHINE: RecordRule = {
  rule: 'record',
  description: 'The state chart of every entity.',
  examples: [{ initial: 'open', states: { open: { on: { close: 'closed' } }, closed: {} } }],
  required: ['states'],
  fields: {
    type: {
      rule: 'text',
      words: ['normal', 'parallel'],
      description: 'Whether the entity is in one of the states, or in all of them at once.',
      default: 'normal',
      examples: ['parallel'],
    },
    initial,
    states,
    on,
  },
};

export const CHART_DEFINITIONS = {
  machine: MACHINE,
  state: STATE,
  transitions: TRANSITIONS,
  transition: TRANSITION,
  actions: ACTIONS,
  emit: EMIT,
  call: CALL,
} as const;
