import { LIMITS } from '../../../contract/limits.ts';
import { DURATION_PATTERN, formatSize } from '../../../contract/units.ts';
import { GENOME_DEFAULTS, STRATEGIES } from '../defaults.ts';
import { COMING_KINDS, ORGAN_KINDS } from '../kinds/catalogue.ts';
import { METHODS, type OrganKind } from '../kinds/kind.ts';
import { SCHEDULED } from '../kinds/schedule.ts';
import type { ChoiceRule, Grammar, RecordRule, Rule } from '../rule.ts';
import { CHART_DEFINITIONS } from './chart-grammar.ts';
import { FIELDS, NAME, RATE, SHAPE, SIZE, SUMMARY, TARGET } from './phrases.ts';
import { LONG_SHAPE, SHAPE_RULE } from './shape-grammar.ts';
import { TEST_STEP, TESTS } from './test-grammar.ts';

/** The language of genome files. What a grammar can't say is in the compiler's passes. */

const SEMVER =
  '^(0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})[.](0|[1-9][0-9]{0,8})(-[0-9A-Za-z.-]{1,64})?([+][0-9A-Za-z.-]{1,64})?$';

const tree: RecordRule = {
  rule: 'record',
  description: 'The tree that the clones of this genome form.',
  default: { fanout: GENOME_DEFAULTS.fanout },
  examples: [{ fanout: 4 }],
  fields: {
    fanout: {
      rule: 'whole',
      minimum: 1,
      maximum: LIMITS.fanoutMax,
      description: 'Children per cell. More make the tree flatter, and every cell busier.',
      default: GENOME_DEFAULTS.fanout,
      examples: [4],
    },
  },
};

const supervision: RecordRule = {
  rule: 'record',
  description: 'What happens when an organ fails.',
  default: {
    strategy: GENOME_DEFAULTS.strategy,
    intensity: GENOME_DEFAULTS.intensity,
    backoff: GENOME_DEFAULTS.backoff,
  },
  examples: [{ strategy: 'one_for_one', intensity: '5/10s', backoff: '200ms..30s' }],
  fields: {
    strategy: {
      rule: 'text',
      words: STRATEGIES,
      description: 'Who restarts with a failed organ: nobody, all organs of the cell, or those declared after it.',
      default: GENOME_DEFAULTS.strategy,
      examples: [...STRATEGIES],
    },
    intensity: {
      rule: 'text',
      title: 'restarts per period',
      pattern: `^[1-9][0-9]{0,5}/${DURATION_PATTERN}$`,
      description: 'How many restarts within which period are borne; at the next one the whole cell restarts.',
      default: GENOME_DEFAULTS.intensity,
      examples: ['5/10s'],
    },
    backoff: {
      rule: 'text',
      title: 'a range of durations',
      pattern: `^${DURATION_PATTERN}[.][.]${DURATION_PATTERN}$`,
      description: 'The first and the longest pause before a restart; it doubles in between, with jitter.',
      default: GENOME_DEFAULTS.backoff,
      examples: ['200ms..30s'],
    },
  },
};

const rate = (description: string, fallback: string): Rule => ({
  ...RATE,
  description,
  default: fallback,
  examples: [fallback],
});

const body: Rule = {
  ...SIZE,
  description: `The largest body that a receptor takes, at most ${formatSize(LIMITS.bodyBytesMax)}.`,
  default: GENOME_DEFAULTS.body,
  examples: ['64KiB', '4MiB'],
};

const limits: RecordRule = {
  rule: 'record',
  description: 'Bounds of one cell.',
  default: { mailbox: GENOME_DEFAULTS.mailbox, body: GENOME_DEFAULTS.body },
  examples: [{ mailbox: 1024, body: '64KiB', rate: '1000/s' }],
  fields: {
    mailbox: {
      rule: 'whole',
      minimum: 1,
      maximum: LIMITS.mailboxMax,
      description: 'Messages waiting in an organ; the next one is refused.',
      default: GENOME_DEFAULTS.mailbox,
      examples: [1024],
    },
    body,
    rate: rate('How many requests each receptor answers in which time; more are answered busy.', GENOME_DEFAULTS.rate),
    ratePerKey: rate('The same for the requests of one passport, peer or address.', GENOME_DEFAULTS.ratePerKey),
  },
};

const KEY_ID = '^[a-z2-7]{52}$';

const receptor: RecordRule = {
  rule: 'record',
  description: 'A typed request that every clone answers alike: one method with its path, and what answers it.',
  examples: [{ get: '/shardTree/shards/{sha256}', to: 'shards.get' }],
  required: ['to'],
  oneOf: METHODS,
  fields: {
    ...Object.fromEntries(METHODS.map((method) => [method, pathOf(method)])),
    to: {
      ...TARGET,
      description: 'The organ of this genome that answers, and its verb or event.',
      examples: ['shards.get', 'tickets.vote'],
    },
    access: {
      rule: 'union',
      description:
        'Who may ask: only this machine (loopback), anybody (public), whoever signs with a passport (passport), only members of the organism (peers), or the passports whose key ids are listed.',
      default: GENOME_DEFAULTS.access,
      examples: ['passport'],
      of: [
        { rule: 'text', title: 'an access', words: ['loopback', 'public', 'passport', 'peers'] },
        {
          rule: 'list',
          each: { rule: 'text', title: 'a key id of 52 characters', pattern: KEY_ID },
          min: 1,
          max: LIMITS.accessKeysMax,
        },
      ],
    },
    input: {
      ...FIELDS,
      description:
        'The fields of the request besides the parameters of the path, where the organ does not declare its event: in the body, or in the query of get.',
      default: {},
      examples: [{ by: 'integer' }],
    },
    limits: {
      rule: 'record',
      description: 'Bounds of this receptor in place of those of the cell.',
      default: {},
      examples: [{ body: '4KiB', ratePerKey: '5/m' }],
      fields: {
        body: { ...body, description: 'The largest body.' },
        rate: rate('How many requests it answers in which time.', GENOME_DEFAULTS.rate),
        ratePerKey: rate('The same for the requests of one passport, peer or address.', GENOME_DEFAULTS.ratePerKey),
      },
    },
    summary: SUMMARY,
  },
};

function pathOf(method: string): Rule {
  return {
    rule: 'text',
    title: 'a path',
    maxLength: LIMITS.genomeTextMax,
    pattern: '^(/([A-Za-z0-9_.-]+|[{][a-z][A-Za-z0-9]*[}]))+$',
    description: `The path at which the receptor answers ${method.toUpperCase()}; parameters stand in braces.`,
    examples: ['/shardTree/shards/{sha256}'],
  };
}

/** Which fields an organ has, its kind tells. */
const organ: ChoiceRule = {
  rule: 'choice',
  description: 'An organ: one supervised actor of every cell.',
  examples: [{ kind: 'shards', copies: 3, shardBytes: '1MiB' }],
  field: 'kind',
  selector: {
    rule: 'text',
    words: Object.keys(ORGAN_KINDS),
    coming: COMING_KINDS,
    description: `What the organ is: ${Object.entries(ORGAN_KINDS)
      .map(([name, kind]) => `\`${name}\` - ${kind.meaning}`)
      .join(' ')}`,
    examples: Object.keys(ORGAN_KINDS),
  },
  cases: Object.fromEntries(Object.entries(ORGAN_KINDS).map(([name, kind]) => [name, organOf(name, kind)])),
};

function organOf(name: string, { meaning, fields, required }: OrganKind): RecordRule {
  const kind: Rule = { rule: 'text', words: [name], description: meaning, examples: [name] };
  return {
    rule: 'record',
    description: meaning,
    required: ['kind', ...required],
    fields: { kind, ...fields, summary: SUMMARY },
  };
}

export const GENOME_GRAMMAR: Grammar = {
  root: {
    rule: 'record',
    title: 'PeerTree genome',
    description: 'A genome declares a cell type: the tree its clones form, their organs, and the requests they answer.',
    required: ['genome', 'version', 'organs'],
    fields: {
      $schema: {
        rule: 'text',
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
        rule: 'text',
        title: 'a semantic version',
        pattern: SEMVER,
        description: 'The version of this file, as MAJOR.MINOR.PATCH.',
        examples: ['1.0.0'],
      },
      summary: {
        ...SUMMARY,
        description: 'What the cell type is for, in a sentence.',
        examples: ['Keeps content-addressed shards alive.'],
      },
      tree,
      uses: {
        rule: 'list',
        each: { ...NAME, title: 'the name of a genome', examples: ['billing'] },
        max: LIMITS.usesMax,
        description: 'Other genomes of the organism whose receptors this one calls.',
        default: [],
        examples: [['billing']],
      },
      types: {
        rule: 'names',
        names: { ...NAME, examples: ['place'] },
        each: SHAPE,
        max: LIMITS.typesMax,
        description: 'Types that are used in several places, by name.',
        default: {},
        examples: [{ place: { type: 'object', fields: { lat: 'number', lon: 'number' } } }],
      },
      organs: {
        rule: 'names',
        names: NAME,
        each: { rule: 'ref', to: 'organ' },
        min: 1,
        max: LIMITS.genomeOrgansMax,
        description: 'The organs of every cell, by name. Each is an actor under the supervision below, in this order.',
        examples: [{ shards: { kind: 'shards' } }],
      },
      receptors: {
        rule: 'names',
        names: { ...NAME, examples: ['getShard'] },
        each: { rule: 'ref', to: 'receptor' },
        max: LIMITS.genomeReceptorsMax,
        description: 'The requests that every clone answers over HTTPS, by name.',
        default: {},
        examples: [{ getShard: { get: '/shardTree/shards/{sha256}', to: 'shards.get' } }],
      },
      supervision,
      limits,
      tests: TESTS,
    },
  },
  definitions: {
    organ,
    receptor,
    shape: SHAPE_RULE,
    longShape: LONG_SHAPE,
    ...CHART_DEFINITIONS,
    scheduled: SCHEDULED,
    testStep: TEST_STEP,
  },
};
